package phone

import (
	"slices"
	"strings"
	"testing"
)

func TestSearchDigits(t *testing.T) {
	for _, tc := range []struct {
		typed, region string
		want          []string
	}{
		{"020 7946", "GB", []string{"44207946", "0207946", "207946"}},
		{"(020) 7946-", "uk", []string{"44207946", "0207946", "207946"}},
		{"020 7946", "", []string{"0207946", "207946"}},
		{"020", "GB", []string{"4420", "020"}}, // "20" alone would find half the world
		{"7946", "GB", []string{"7946"}},
		{"207946", "GB", []string{"207946"}},
		{"442079", "GB", []string{"442079"}},
		{"+44 20", "US", []string{"4420"}},
		{"+44 (0)20", "", []string{"4420", "44020"}},
		{"0044 20", "DE", []string{"4420", "004420"}},
		{"0044 (0)20", "DE", []string{"4420", "44020", "0044020"}},
		{"0044 20", "US", []string{"4420", "004420"}},
		{"011 44 20", "US", []string{"4420", "0114420"}},
		{"(201) 555", "US", []string{"201555"}},
		{"1 201 555", "US", []string{"1201555"}},
		{"06 12", "IT", []string{"0612", "612"}},
		{"+39 06", "", []string{"3906"}},
		{"8 495", "RU", []string{"7495", "8495", "495"}},
		{"06 1 23", "HU", []string{"36123", "06123", "123"}},
		{"\u0660\u0662\u0660 7946", "GB", []string{"44207946", "0207946", "207946"}},
		{"12", "GB", nil},
		{"", "GB", nil},
		{"+44", "GB", nil},
		{"020 a", "GB", nil},
		{"Ana", "GB", nil},
		{"020 7946+", "GB", nil},
		{strings.Repeat("1", 25), "GB", nil},
	} {
		if got := SearchDigits(tc.typed, tc.region); !slices.Equal(got, tc.want) {
			t.Errorf("SearchDigits(%q, %q) = %q, want %q", tc.typed, tc.region, got, tc.want)
		}
	}
}

func TestTypedWholeBeginsWithAPlus(t *testing.T) {
	for typed, want := range map[string]bool{"+20": true, " (+44) 20": true, "\uff0b44": true, "0044": false, "44+": false, "+": false, "+ann": false, "": false} {
		if got := TypedWhole(typed); got != want {
			t.Errorf("TypedWhole(%q) = %t", typed, got)
		}
	}
}
