package text

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
)

// open returns a running index that is closed when the test ends.
func open(t testing.TB, cfg Config) *Index {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	x, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- x.Run(context.WithoutCancel(t.Context())) }()
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := <-ended; err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("Run = %v", err)
		}
	})
	return x
}

// settle makes everything that was put searchable.
func settle(t testing.TB, x *Index) {
	t.Helper()
	if err := x.Flush(t.Context()); err != nil {
		t.Fatalf("Flush = %v", err)
	}
}

// people makes n documents that look like a directory: the same seed gives the
// same people, in any order.
func people(n int, seed uint64) []Document {
	docs := make([]Document, n)
	for i := range docs {
		docs[i] = person(i, rand.New(rand.NewPCG(seed, uint64(i))))
	}
	return docs
}

func person(i int, r *rand.Rand) Document {
	given, family := pick(r, givenNames), surname(r)
	company := pick(r, companies)
	address := fmt.Sprintf("%s.%s%d@%s.example", fold(given), fold(family), i%100, splitWords(fold(company))[0])
	return Document{
		ID:         fmt.Sprintf("0190c2f1-0000-7000-8000-%012d", i),
		Directory:  fmt.Sprintf("dir-%d", i%3),
		Name:       given + " " + family,
		Title:      pick(r, grades) + " " + pick(r, jobs),
		Department: pick(r, departments),
		Company:    company,
		Emails:     []string{address},
		UserName:   address,
	}
}

// surname draws from some 8,000 made-up names, the first ones often.
func surname(r *rand.Rand) string {
	n := int(r.ExpFloat64() * 600)
	parts := [...]string{pickAt(n, onsets), pickAt(n/len(onsets), middles), pickAt(n/len(onsets)/len(middles), codas)}
	return parts[0] + parts[1] + parts[2]
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
func pickAt(n int, from []string) string      { return from[n%len(from)] }

var (
	givenNames  = []string{"Ana", "Björn", "Carla", "Dmitri", "Eleni", "François", "Greta", "Hans-Peter", "Ingrid", "Jonas", "Katarzyna", "Łukasz", "María", "Núria", "Olga", "Pedro", "Quentin", "René", "Søren", "Tomás", "Ursula", "Viktor", "Wanda", "Xavier", "Yusuf", "Zoë", "Δήμητρα", "Иван", "太郎", "花子"}
	onsets      = []string{"Mül", "Schmi", "Kow", "O'Bri", "Garc", "Ander", "Petr", "Wag", "Nowa", "Silv", "Fern", "Lind", "Bau", "Hof", "Krau", "Ros", "Mart", "Ols", "Vas", "Zim"}
	middles     = []string{"ler", "dt", "al", "en", "ía", "s", "ov", "ner", "k", "a", "ert", "gre", "er", "man", "mer", "ti", "sen", "il", "quez", "ber"}
	codas       = []string{"", "son", "ski", "inger", "ová", "sen", "heim", "dorf", "ez", "escu", "idis", "yan", "enko", "stein", "feld", "ley", "ton", "ford", "berg", "lund"}
	grades      = []string{"Junior", "Senior", "Lead", "Chief", "Vice President", "Deputy"}
	jobs        = []string{"Engineer", "Accountant", "Recruiter", "Counsel", "Analyst", "Team Leader", "Dispatcher", "Buyer", "Designer", "Nurse"}
	departments = []string{"Sales", "Field Sales", "Customer Care", "R&D", "Human Resources", "Legal", "Finance", "IT Operations", "Building 12", "Qualitätssicherung"}
	companies   = []string{"Example Telecom", "Sample Bank", "Specimen Foods", "Muster GmbH", "Ejemplo SA", "Exemple SARL"}
)
