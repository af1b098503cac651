package pebblelog

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"testing"

	"github.com/klauspost/compress/dict"
)

var train = flag.Bool("train", false, "train the dictionary again")

// dictionary1Sum is the SHA-256 of the released dictionary.
const dictionary1Sum = "33d0fbae604e439bfb0c2ecebc05c8773200c37ae8c258cdba6194fccdc4b30c"

// trainingSamples returns what the dictionary is trained on. Measurements use
// another seed.
func trainingSamples() [][]byte {
	s := newSampler(1)
	var samples [][]byte
	for range 2000 {
		samples = append(samples, s.user())
	}
	for range 300 {
		samples = append(samples, s.other())
	}
	return samples
}

// TestTrainDictionary holds the embedded dictionary to the released one: values
// on disk are unreadable with any other. With -train it writes a new one, which
// must take the next number once the first is in use; training does not give
// the same bytes twice.
func TestTrainDictionary(t *testing.T) {
	if *train {
		trained, err := dict.BuildS2Dict(trainingSamples(), dict.Options{MaxDictSize: 8 << 10, HashBytes: 8})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("dictionary1.s2", trained, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(trained)
		t.Fatalf("trained; dictionary1Sum is now %x", sum)
	}
	sum := sha256.Sum256(dictionary1)
	if got := hex.EncodeToString(sum[:]); got != dictionary1Sum {
		t.Errorf("dictionary1.s2 has SHA-256 %s, released was %s", got, dictionary1Sum)
	}
}
