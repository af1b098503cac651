package phone

import "testing"

// benchBook has a few numbers of several countries.
func benchBook() Finder {
	return newBook("GB", "+442079460018", "+12015550123", "+4930901820", "+5511987654321", "4711", "sip:ana@example.com")
}

// BenchmarkMatch measures Clean and Match together, by what the caller wrote.
func BenchmarkMatch(b *testing.B) {
	cases := []struct {
		name, caller string
		ctx          Context
		want         string
	}{
		{"e164_hit", "+442079460018", Context{Region: "GB"}, "e164"},
		{"e164_miss", "+442079460019", Context{Region: "GB"}, "none"},
		{"e164_spaced_hit", "+44 20 7946 0018", Context{Region: "GB"}, "e164"},
		{"sip_hit", "<sip:+442079460018@gw.example.com;user=phone>", Context{Region: "GB"}, "e164"},
		{"uri_hit", "sip:ana@example.com", Context{Region: "GB"}, "uri"},
		{"extension_hit", "4711", Context{Region: "GB", ExtensionLength: 4}, "extension"},
		{"national_hit", "020 7946 0018", Context{Region: "GB"}, "national"},
		{"national_miss", "020 7946 0019", Context{Region: "GB"}, "none"},
		{"national_us_hit", "(201) 555-0123", Context{Region: "US"}, "national"},
		{"idd_hit", "00442079460018", Context{Region: "DE"}, "e164"},
		{"idd_repair_hit", "00442079460018", Context{Region: "US"}, "idd_repair"},
		{"plus_repair_hit", "442079460018", Context{Region: "US"}, "plus_repair"},
		{"access_strip_hit", "912015550123", Context{Region: "US", AccessCodes: []string{"9"}}, "access_strip"},
		{"local_area_hit", "5550123", Context{Region: "US", AreaCode: "201"}, "local_area"},
		{"variant_hit", "+551187654321", Context{Region: "BR"}, "variant:br9"},
		{"nsn_unique_hit", "2015550123", Context{Region: "FR"}, "nsn_unique"},
		{"garbage", "!!~~ not a number 12 ~~!!", Context{Region: "GB"}, "none"},
	}
	f := benchBook()
	for _, tc := range cases {
		b.Run(tc.name, func(b *testing.B) {
			var a Answer
			b.ReportAllocs()
			for b.Loop() {
				Match(Clean(tc.caller, ""), tc.ctx, f, &a)
			}
			if got := outcome(&a); got != tc.want {
				b.Fatalf("outcome %q, want %q", got, tc.want)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, tc := range []struct{ name, raw, region string }{
		{"e164", "+442079460018", "GB"},
		{"e164_spaced", "+44 20 7946 0018", "GB"},
		{"national", "020 7946 0018", "GB"},
		{"extension", "4711", "GB"},
	} {
		b.Run(tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(tc.raw, tc.region)
			}
		})
	}
}

func BenchmarkSearchDigits(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		SearchDigits("020 7946", "GB")
	}
}
