package people

import "math/rand/v2"

//nolint:gochecknoglobals // read-only tables
var (
	departments = []string{
		"Sales", "Customer Service", "Finance", "Human Resources", "IT", "Research & Development", "Logistics", "Marketing", "Legal", "Procurement",
		"Production", "Quality Assurance", "Facilities", "Product Management", "Corporate Communications", "Field Service", "Claims", "Treasury",
	}
	trades = []string{
		"Account Manager", "Service Agent", "Accountant", "Recruiter", "Systems Administrator", "Software Engineer", "Warehouse Planner", "Campaign Manager",
		"Counsel", "Buyer", "Production Planner", "Test Engineer", "Building Technician", "Product Owner", "Editor", "Service Technician", "Claims Adjuster",
		"Analyst",
	}
	ranks  = []string{"", "", "", "", "Junior ", "Senior ", "Senior ", "Lead ", "Deputy "}
	heads  = []string{"Head of ", "Director, ", "Team Lead, ", "VP "}
	plain  = []string{"Example", "Sample", "Specimen", "Placeholder", "Demo", "Model", "Pattern", "Template"}
	lines  = []string{"Logistics", "Energy", "Foods", "Media", "Insurance", "Travel", "Health", "Retail", "Bank", "Telecom", "Mobility", "Water"}
	mails  = []string{"example.com", "example.org", "example.net"}
	noCall = []string{"n/a", "see intranet", "TBC", "-", "via reception", "0", "???", "+", "call assistant"}
)

// job draws a post of a department.
func job(rng *rand.Rand, department int) string {
	if rng.IntN(8) == 0 {
		return pick(rng, heads) + departments[department]
	}
	return pick(rng, ranks) + trades[department]
}

// companySuffix is what follows the name of a company in a country.
func companySuffix(region string) string {
	switch region {
	case "US", "CA":
		return " Inc."
	case "DE", "CH":
		return " GmbH"
	case "FR", "ES", "PT", "GR", "BR":
		return " S.A."
	case "SE":
		return " AB"
	case "DK":
		return " A/S"
	case "JP":
		return " K.K."
	case "PL":
		return " Sp. z o.o."
	case "IT":
		return " S.p.A."
	case "AU":
		return " Pty Ltd"
	}
	return " Ltd"
}
