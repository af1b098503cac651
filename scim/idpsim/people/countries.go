package people

// Where a regulator keeps numbers for films and books, direct and mobile are
// those: NANPA's 555-01xx (US, CA), Ofcom's drama ranges (GB), ARCEP's numbers
// for audiovisual works (FR), BNetzA's drama numbers (DE), PTS's (SE), ACMA's
// (AU), ComReg's 020 91 (IE). The others run on from the ascending digits of
// libphonenumber's example numbers.

//nolint:gochecknoglobals // read-only table
var nanpAreas = struct{ usDirect, usMobile, caDirect, caMobile []string }{
	usDirect: []string{
		"201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217", "218", "219", "224", "225", "228", "229", "231",
		"234", "239", "240", "248", "251", "252", "253", "254", "256", "260", "262", "267", "269", "270", "276", "281", "301", "302", "303", "304", "305", "307",
		"308", "309", "310", "312", "313", "314", "315", "316", "317", "318", "319", "320", "321", "323", "325", "330", "334", "336", "337", "339", "347", "352",
	},
	usMobile: []string{
		"401", "402", "404", "405", "406", "407", "408", "409", "410", "412", "413", "414", "415", "417", "419", "423", "424", "425", "430", "432", "434", "435",
		"440", "443", "458", "469", "470", "475", "478", "479", "480", "484", "501", "502", "503", "504", "505", "507", "508", "509", "510", "512", "513", "515",
	},
	caDirect: []string{"204", "250", "306", "403", "416", "418", "450", "506", "514", "519", "604", "613", "705", "709", "780", "819", "902", "905"},
	caMobile: []string{"226", "236", "289", "343", "365", "431", "437", "438", "548", "579", "581", "587", "639", "647", "778", "807", "825", "867", "873"},
}

// countries lists the countries in the order of their regions.
//
//nolint:gochecknoglobals // read-only table
var countries = []country{
	{
		region: "AE", code: "971", trunk: "0", idd: "00", share: 3, languages: []string{"ar", "ar", "en"},
		direct:     []block{{areas: []string{"2", "3", "4", "6", "7", "9"}, local: "234 5xxx"}},
		mobile:     []block{{areas: []string{"50"}, local: "123 4xxx"}},
		wideDirect: []block{{areas: []string{"2", "3", "4", "6", "7"}, local: "xxx xxxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"50", "52", "55"}, local: "xxx xxxx"}},
	},
	{
		region: "AU", code: "61", trunk: "0", idd: "0011", share: 5, languages: []string{"en", "en", "en", "vi", "el"},
		direct: []block{{areas: []string{"2", "3", "7", "8"}, local: "5550 xxxx"}, {areas: []string{"2", "3", "7", "8"}, local: "7010 xxxx"}},
		mobile: []block{{areas: []string{"491"}, local: "570 006"}, {areas: []string{"491"}, local: "570 156"}, {areas: []string{"491"}, local: "570 157"}, {
			areas: []string{"491"}, local: "570 158",
		}, {areas: []string{"491"}, local: "570 159"}, {areas: []string{"491"}, local: "570 110"}},
		wideDirect: []block{{areas: []string{"2", "3"}, local: "9xxx xxxx", unlisted: true}, {areas: []string{"7", "8"}, local: "3xxx xxxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"4"}, local: "xx xxx xxx", unlisted: true}},
	},
	{
		region: "BG", code: "359", trunk: "0", idd: "00", share: 3, languages: []string{"bg"},
		direct:     []block{{areas: []string{"2"}, local: "123 4xxx"}},
		mobile:     []block{{areas: []string{"48"}, local: "123 xxx", unlisted: true}},
		wideDirect: []block{{areas: []string{"2", "32", "52"}, local: "xxx xxxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"87", "88"}, local: "xxx xxxx"}},
	},
	{
		region: "BR", code: "55", trunk: "0", idd: "", share: 3, languages: []string{"pt"},
		direct:     []block{{areas: []string{"11", "21", "31", "41", "51", "61", "71", "81"}, local: "2345 6xxx"}},
		mobile:     []block{{areas: []string{"11", "21", "31", "41", "51", "61", "71", "81"}, local: "96123 4xxx"}},
		wideDirect: []block{{areas: []string{"11", "21", "31"}, local: "2xxx xxxx"}},
		wideMobile: []block{{areas: []string{"11", "21"}, local: "9xxxx xxxx"}},
	},
	{
		region: "CA", code: "1", trunk: "1", idd: "011", share: 4, languages: []string{"en", "en", "fr"},
		direct:     []block{{areas: nanpAreas.caDirect, local: "555 01xx"}},
		mobile:     []block{{areas: nanpAreas.caMobile, local: "555 01xx"}},
		wideDirect: []block{{areas: nanpAreas.caDirect, local: "2xx xxxx"}, {areas: nanpAreas.caDirect, local: "3xx xxxx"}},
		wideMobile: []block{{areas: nanpAreas.caMobile, local: "4xx xxxx"}},
	},
	{
		region: "CH", code: "41", trunk: "0", idd: "00", share: 3, languages: []string{"de", "de", "fr", "it"},
		direct:     []block{{areas: []string{"21", "22", "31", "43", "44", "61"}, local: "234 5x xx"}},
		mobile:     []block{{areas: []string{"78"}, local: "123 4x xx"}},
		wideDirect: []block{{areas: []string{"21", "31", "44"}, local: "xxx xx xx"}},
		wideMobile: []block{{areas: []string{"76", "78", "79"}, local: "xxx xx xx"}},
	},
	{
		region: "CN", code: "86", trunk: "0", idd: "00", share: 4, languages: []string{"zh"},
		direct:     []block{{areas: []string{"10", "21"}, local: "1234 5xxx", unlisted: true}, {areas: []string{"10", "21"}, local: "6234 5xxx"}},
		mobile:     []block{{areas: []string{"131"}, local: "2345 6xxx"}},
		wideDirect: []block{{areas: []string{"10", "21", "22"}, local: "6xxx xxxx"}},
		wideMobile: []block{{areas: []string{"131", "138"}, local: "xxxx xxxx"}},
	},
	{
		region: "CZ", code: "420", trunk: "", idd: "00", share: 3, languages: []string{"cs"},
		direct:     []block{{areas: []string{"212"}, local: "345 xxx"}},
		mobile:     []block{{areas: []string{"601"}, local: "123 xxx"}},
		wideDirect: []block{{areas: []string{"2", "3", "5"}, local: "xx xxx xxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"6", "7"}, local: "xx xxx xxx", unlisted: true}},
	},
	{
		region: "DE", code: "49", trunk: "0", idd: "00", share: 8, languages: []string{"de", "de", "de", "de", "tr", "pl"},
		direct: []block{
			{areas: []string{"30"}, local: "23125 xxx"},
			{areas: []string{"69"}, local: "90009 xxx"},
			{areas: []string{"40"}, local: "66969 xxx"},
			{areas: []string{"221"}, local: "4710 xxx"},
			{areas: []string{"89"}, local: "99998 xxx"},
		},
		mobile:     []block{{areas: []string{"171"}, local: "39200xx"}, {areas: []string{"176"}, local: "040690xx"}},
		wideDirect: []block{{areas: []string{"30", "40", "89"}, local: "2xxx xxxx"}},
		wideMobile: []block{{areas: []string{"170", "171", "172"}, local: "xxxxxxx"}},
	},
	{
		region: "DK", code: "45", trunk: "", idd: "00", share: 2, languages: []string{"da", "da", "is"},
		direct:     []block{{areas: []string{"32"}, local: "12 3x xx"}},
		mobile:     []block{{areas: []string{"34"}, local: "41 2x xx"}},
		wideDirect: []block{{areas: []string{"3", "4", "5"}, local: "x xx xx xx", unlisted: true}},
		wideMobile: []block{{areas: []string{"2", "6"}, local: "x xx xx xx", unlisted: true}},
	},
	{
		region: "EG", code: "20", trunk: "0", idd: "00", share: 2, languages: []string{"ar"},
		direct:     []block{{areas: []string{"2"}, local: "34567 xxx"}},
		mobile:     []block{{areas: []string{"10"}, local: "0123 4xxx"}},
		wideDirect: []block{{areas: []string{"2"}, local: "2xxx xxxx"}, {areas: []string{"2"}, local: "3xxx xxxx"}, {areas: []string{"3"}, local: "xxx xxxx"}},
		wideMobile: []block{{areas: []string{"10", "11"}, local: "xxxx xxxx"}},
	},
	{
		region: "ES", code: "34", trunk: "", idd: "00", share: 4, languages: []string{"es"},
		direct:     []block{{areas: []string{"810"}, local: "12 3x xx"}},
		mobile:     []block{{areas: []string{"612"}, local: "34 5x xx"}},
		wideDirect: []block{{areas: []string{"91", "93", "95"}, local: "xxx xx xx"}},
		wideMobile: []block{{areas: []string{"61", "62"}, local: "xxx xx xx"}},
	},
	{
		region: "FR", code: "33", trunk: "0", idd: "00", share: 6, languages: []string{"fr"},
		direct: []block{
			{areas: []string{"1"}, local: "99 00 xx xx"},
			{areas: []string{"2"}, local: "61 91 xx xx"},
			{areas: []string{"3"}, local: "53 01 xx xx"},
			{areas: []string{"4"}, local: "65 71 xx xx"},
			{areas: []string{"5"}, local: "36 49 xx xx"},
		},
		mobile:     []block{{areas: []string{"6"}, local: "39 98 xx xx", unlisted: true}},
		wideDirect: []block{{areas: []string{"1", "2", "3"}, local: "4x xx xx xx"}},
		wideMobile: []block{{areas: []string{"6"}, local: "1x xx xx xx"}, {areas: []string{"6"}, local: "2x xx xx xx"}},
	},
	{
		region: "GB", code: "44", trunk: "0", idd: "00", share: 12, languages: []string{"en", "en", "en", "en", "en", "pl", "zh"},
		direct: []block{
			{areas: []string{"20"}, local: "7946 0xxx"},
			{areas: []string{"113", "114", "116", "117", "118", "121", "131", "141", "151", "161"}, local: "496 0xxx"},
			{areas: []string{"115"}, local: "496 0xxx", unlisted: true},
			{areas: []string{"191"}, local: "498 0xxx"},
			{areas: []string{"28"}, local: "9649 6xxx"},
			{areas: []string{"29"}, local: "2018 0xxx"},
		},
		mobile:     []block{{areas: []string{"7700"}, local: "900xxx", unlisted: true}},
		wideDirect: []block{{areas: []string{"20"}, local: "3xxx xxxx"}, {areas: []string{"20"}, local: "7xxx xxxx"}, {areas: []string{"20"}, local: "8xxx xxxx"}},
		wideMobile: []block{{areas: []string{"74", "75"}, local: "xx xxxxxx"}},
	},
	{
		region: "GR", code: "30", trunk: "", idd: "00", share: 4, languages: []string{"el"},
		direct:     []block{{areas: []string{"21"}, local: "2345 6xxx"}},
		mobile:     []block{{areas: []string{"691"}, local: "234 5xxx"}},
		wideDirect: []block{{areas: []string{"21"}, local: "0xxx xxxx"}, {areas: []string{"21"}, local: "1xxx xxxx"}, {areas: []string{"21"}, local: "2xxx xxxx"}},
		wideMobile: []block{{areas: []string{"693", "694"}, local: "xxx xxxx"}},
	},
	{
		region: "HU", code: "36", trunk: "06", idd: "00", share: 2, languages: []string{"hu"},
		direct:     []block{{areas: []string{"1"}, local: "234 5xxx"}},
		mobile:     []block{{areas: []string{"20"}, local: "123 4xxx"}},
		wideDirect: []block{{areas: []string{"1"}, local: "xxx xxxx", unlisted: true}, {areas: []string{"2", "3"}, local: "x xxx xxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"20", "30"}, local: "xxx xxxx"}},
	},
	{
		region: "IE", code: "353", trunk: "0", idd: "00", share: 3, languages: []string{"en"},
		direct:     []block{{areas: []string{"22"}, local: "12xxx"}},
		mobile:     []block{{areas: []string{"20"}, local: "91x xxxx", unlisted: true}},
		wideDirect: []block{{areas: []string{"1", "21", "61"}, local: "xxx xxxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"85", "86"}, local: "xxx xxxx"}},
	},
	{
		region: "IT", code: "39", trunk: "", idd: "00", share: 4, languages: []string{"it"},
		direct:     []block{{areas: []string{"02", "06"}, local: "1234 5xxx"}},
		mobile:     []block{{areas: []string{"312"}, local: "345 6xxx"}},
		wideDirect: []block{{areas: []string{"02", "06"}, local: "xxxx xxxx"}},
		wideMobile: []block{{areas: []string{"33", "34"}, local: "xxxx xxxx"}},
	},
	{
		region: "JP", code: "81", trunk: "0", idd: "010", share: 5, languages: []string{"ja"},
		direct:     []block{{areas: []string{"3"}, local: "1234 5xxx"}},
		mobile:     []block{{areas: []string{"90"}, local: "1234 5xxx"}},
		wideDirect: []block{{areas: []string{"3", "6"}, local: "3xxx xxxx"}, {areas: []string{"3", "6"}, local: "6xxx xxxx"}},
		wideMobile: []block{{areas: []string{"80", "90"}, local: "1xxx xxxx"}},
	},
	{
		region: "PL", code: "48", trunk: "", idd: "00", share: 4, languages: []string{"pl"},
		direct:     []block{{areas: []string{"12", "22", "32"}, local: "345 6x xx"}},
		mobile:     []block{{areas: []string{"512"}, local: "345 xxx"}},
		wideDirect: []block{{areas: []string{"12", "22", "32"}, local: "xxx xx xx"}},
		wideMobile: []block{{areas: []string{"50", "51"}, local: "xxx xxxx"}},
	},
	{
		region: "PT", code: "351", trunk: "", idd: "00", share: 2, languages: []string{"pt"},
		direct:     []block{{areas: []string{"21"}, local: "234 5xxx"}},
		mobile:     []block{{areas: []string{"912"}, local: "345 xxx"}},
		wideDirect: []block{{areas: []string{"21", "22", "23"}, local: "xxx xxxx", unlisted: true}},
		wideMobile: []block{{areas: []string{"91", "93"}, local: "xxx xxxx"}},
	},
	{
		region: "RU", code: "7", trunk: "8", idd: "810", share: 3, languages: []string{"ru"},
		direct:     []block{{areas: []string{"301"}, local: "123 4x xx"}},
		mobile:     []block{{areas: []string{"912"}, local: "345 6x xx"}},
		wideDirect: []block{{areas: []string{"495", "812", "343"}, local: "xxx xx xx"}},
		wideMobile: []block{{areas: []string{"912", "916"}, local: "xxx xx xx"}},
	},
	{
		region: "SE", code: "46", trunk: "0", idd: "00", share: 3, languages: []string{"sv"},
		direct: []block{
			{areas: []string{"31"}, local: "390 06 xx"},
			{areas: []string{"40"}, local: "628 04 xx"},
			{areas: []string{"8"}, local: "465 004 xx"},
		},
		mobile:     []block{{areas: []string{"70"}, local: "174 06 1x"}, {areas: []string{"70"}, local: "174 06 2x"}, {areas: []string{"70"}, local: "174 06 3x"}},
		wideDirect: []block{{areas: []string{"8"}, local: "xxx xxx xx"}},
		wideMobile: []block{{areas: []string{"70", "73"}, local: "xxx xx xx"}},
	},
	{
		region: "TR", code: "90", trunk: "0", idd: "00", share: 3, languages: []string{"tr"},
		direct:     []block{{areas: []string{"212", "312"}, local: "345 6x xx"}},
		mobile:     []block{{areas: []string{"501"}, local: "234 5x xx"}},
		wideDirect: []block{{areas: []string{"212", "216", "312"}, local: "xxx xx xx"}},
		wideMobile: []block{{areas: []string{"532", "533"}, local: "xxx xx xx"}},
	},
	{
		region: "UA", code: "380", trunk: "0", idd: "00", share: 3, languages: []string{"uk", "uk", "ru"},
		direct:     []block{{areas: []string{"44"}, local: "234 5xxx"}},
		mobile:     []block{{areas: []string{"50"}, local: "123 4xxx"}},
		wideDirect: []block{{areas: []string{"44", "32", "48"}, local: "xxx xxxx"}},
		wideMobile: []block{{areas: []string{"50", "67"}, local: "xxx xxxx"}},
	},
	{
		region: "US", code: "1", trunk: "1", idd: "011", share: 12, languages: []string{"en", "en", "en", "en", "es", "zh", "vi"},
		direct:     []block{{areas: nanpAreas.usDirect, local: "555 01xx"}},
		mobile:     []block{{areas: nanpAreas.usMobile, local: "555 01xx"}},
		wideDirect: []block{{areas: nanpAreas.usDirect, local: "2xx xxxx"}},
		wideMobile: []block{{areas: nanpAreas.usMobile, local: "4xx xxxx"}},
	},
}

// regionOf returns the country of a region, or nil.
func regionOf(region string) *country {
	for i := range countries {
		if countries[i].region == region {
			return &countries[i]
		}
	}
	return nil
}
