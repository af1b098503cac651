package people

// latin lists the languages written in Latin letters.
//
//nolint:gochecknoglobals // read-only table
var latin = []language{
	{
		code: "en", script: Latin,
		women: []string{
			"Olivia", "Amelia", "Grace", "Emily", "Charlotte", "Hannah", "Lucy", "Alice", "Eleanor", "Zoë", "Chloë", "Siân", "Renée", "Imogen", "Harriet",
			"Beatrice", "Rosalind", "Philippa", "Naomi", "Tamsin", "Audrey", "Paige", "Brooke", "Megan", "Anne-Marie",
		},
		men: []string{
			"Oliver", "George", "Harry", "Noah", "Jack", "Thomas", "William", "James", "Henry", "Edward", "Arthur", "Simon", "Graham", "Nigel", "Duncan",
			"Angus", "Callum", "Rhys", "Owen", "Liam", "Conor", "Seán", "Tyler", "Wesley", "Jean-Luc",
		},
		family: []string{
			"Smith", "Jones", "Taylor", "Brown", "Wilson", "Walker", "Wright", "Hughes", "Green", "Hall", "Wood", "Harris", "Clarke", "Turner", "Hill",
			"Cooper", "Ward", "Morris", "Baker", "Carter", "O'Brien", "O'Connor", "McKenzie", "MacLeod", "Brontë", "Fitzgerald", "Lloyd-Evans", "St. Clair",
		},
		stems:   []string{"Ash", "Brad", "Clif", "Har", "Lang", "Mid", "Nor", "Stan", "West", "Thorn", "Black", "Whit", "Hol", "Kings", "Red", "Sut", "Wal", "Win"},
		endings: []string{"ton", "ley", "ford", "field", "worth", "wood", "well", "man", "son", "ham", "by", "brook", "shaw", "combe"},
	},
	{
		code: "de", script: Latin,
		women: []string{
			"Anna", "Sophie", "Lena", "Katharina", "Dörte", "Käthe", "Bärbel", "Ulrike", "Heike", "Sabine", "Anja", "Franziska", "Jördis", "Mareike", "Grit",
			"Anne-Kathrin", "Elfriede", "Hildegard", "Steffi", "Wiebke",
		},
		men: []string{
			"Jürgen", "Björn", "Jörg", "Günther", "Matthias", "Stefan", "Wolfgang", "Götz", "Lukas", "Florian", "Sören", "Uwe", "Klaus", "Karl-Heinz", "Rüdiger",
			"Tobias", "Dietmar", "Falk", "Thilo", "Henning",
		},
		family: []string{
			"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Weiß", "Schäfer", "Köhler", "Krüger", "Schröder", "Größmann", "König", "Böhm", "Jäger", "Strauß",
			"Voß", "Fuchs", "Vogel", "Kühn", "Lüdtke", "von Ahlen", "Meyer-Lüdenscheidt", "Çelebi-Groß", "Bäcker", "Zöllner",
		},
		stems:   []string{"Berg", "Stein", "Wald", "Feld", "Holz", "Roden", "Eichen", "Linden", "Hof", "Kirch", "Brück", "Öl", "Mühl", "Grün", "Schön", "Rött"},
		endings: []string{"mann", "bauer", "huber", "meyer", "hauser", "bach", "dorf", "inger", "berger", "müller", "hagen", "kötter"},
	},
	{
		code: "fr", script: Latin,
		women: []string{
			"Élodie", "Zoé", "Chloé", "Anaïs", "Françoise", "Hélène", "Maëlle", "Noémie", "Océane", "Manon", "Aurélie", "Inès", "Léa", "Marie-Thérèse", "Bérénice",
			"Margaux", "Solène", "Clémence", "Agnès", "Eugénie",
		},
		men: []string{
			"François", "Jérôme", "Benoît", "Loïc", "Rémi", "Théo", "Raphaël", "Gaël", "Joël", "Étienne", "Cédric", "Grégoire", "Jean-Baptiste", "Hervé", "Anaël",
			"Maxence", "Thibault", "Yves", "Aurèle", "Côme",
		},
		family: []string{
			"Lefèvre", "Bélanger", "Garçon", "Château", "Dupré", "Forêt", "Gagné", "Hébert", "L'Hôpital", "Lemaître", "Noël", "Prévost", "Rivière", "Saint-Rémy",
			"Thévenot", "Vasseur", "d'Aubigné", "de La Cour", "Côté", "Bœuf", "Marchand", "Girard", "Perrin", "Chauvet", "Guérin",
		},
		stems:   []string{"Beau", "Mont", "Font", "Val", "Ch", "Brun", "Cler", "Dur", "Fort", "Gran", "Mar", "Pel", "Roch", "Vern"},
		endings: []string{"ier", "eau", "ard", "ault", "elle", "ègre", "ois", "enet", "illon", "mont", "ignac", "oux"},
	},
	{
		code: "es", script: Latin,
		women: []string{
			"María", "Lucía", "Sofía", "Begoña", "Ángela", "Inés", "Rocío", "Concepción", "Nuria", "Íñiga", "Ximena", "Pilar", "Belén", "María José", "Maite",
		},
		men: []string{
			"José", "Ángel", "Íñigo", "Andrés", "Ramón", "Raúl", "Joaquín", "Óscar", "Sebastián", "Nicolás", "Álvaro", "Germán", "José María", "Jesús", "Efraín",
		},
		family: []string{
			"García", "Núñez", "Muñoz", "Peña", "Ibáñez", "López", "Martínez", "Gutiérrez", "Güell", "Vázquez", "Ordóñez", "Zúñiga", "Echeverría", "de la Peña",
			"García Márquez", "Núñez Ortega", "Ruiz", "Vidal", "Cortés", "Mejía",
		},
		stems:   []string{"Alb", "Ben", "Cast", "Dom", "Fern", "Gonz", "Hern", "Lim", "Mor", "Ort", "Quint", "Rod", "Sal", "Val"},
		endings: []string{"ález", "ares", "eda", "ero", "illo", "osa", "ano", "era", "íguez", "uela", "ínez", "ón"},
	},
	{
		code: "pt", script: Latin,
		women: []string{
			"Conceição", "Inês", "Beatriz", "Ângela", "Luísa", "Mônica", "Letícia", "Júlia", "Patrícia", "Vitória", "Débora", "Íris",
		},
		men: []string{"João", "António", "Fábio", "Sérgio", "Luís", "Tomé", "Gonçalo", "Estêvão", "Márcio", "Vinícius", "Otávio", "Simão"},
		family: []string{
			"Gonçalves", "Araújo", "Magalhães", "Simões", "Conceição", "Brandão", "Guimarães", "Esteves", "Falcão", "Leitão", "Corrêa", "dos Santos", "da Mãe d'Água",
			"Nóbrega", "Vasconcelos", "Moreira",
		},
		stems:   []string{"Alm", "Barr", "Carv", "Dom", "Ferr", "Lour", "Mach", "Oliv", "Per", "Rib", "Silv", "Teix"},
		endings: []string{"eida", "alho", "eira", "ingos", "enço", "ado", "ães", "oso", "eiro", "ão"},
	},
	{
		code: "it", script: Latin,
		women:   []string{"Nives", "Chiara", "Giulia", "Noemì", "Beatrice", "Ginevra", "Ilaria", "Desirée", "Elettra", "Fiammetta", "Mariù", "Rosalba"},
		men:     []string{"Niccolò", "Giosuè", "Matteo", "Ruggero", "Mosè", "Lorenzo", "Nicolò", "Ettore", "Cosimo", "Dario", "Tommaso", "Ubaldo"},
		family:  []string{"Rossi", "D'Amico", "Cannavò", "Nicolò", "Lo Cascio", "De Luca", "Santangelo", "Pirandò", "Fumarò", "Della Valle", "Scarpetta", "Zanolò"},
		stems:   []string{"Bell", "Cav", "Ferr", "Giord", "Lomb", "Mart", "Pell", "Ricc", "San", "Test", "Vit", "Zan"},
		endings: []string{"ini", "ucci", "ardi", "etti", "ello", "oni", "azzo", "anò", "aro", "esi"},
	},
	{
		code: "sv", script: Latin,
		women:   []string{"Åsa", "Eva-Märta", "Märta", "Görel", "Annika", "Linnéa", "Elin", "Agnetha", "Siv", "Ylva", "Karin", "Ronja"},
		men:     []string{"Åke", "Östen", "Göran", "Björn", "Sören", "Håkan", "Mårten", "Jörgen", "Lennart", "Nils", "Torbjörn", "Pär"},
		family:  []string{"Åkesson", "Öberg", "Sjöström", "Lindén", "Nyström", "Håkansson", "Bäckström", "Wallén", "Ångström", "Hjälm", "Ask", "Ek"},
		stems:   []string{"Lind", "Berg", "Sjö", "Nord", "Ek", "Gran", "Hall", "Ny", "Söder", "Väster", "Öst", "Fors", "Ström", "Ång"},
		endings: []string{"ström", "berg", "lund", "gren", "qvist", "dahl", "man", "feldt", "vall", "mark", "höök", "ö"},
	},
	{
		code: "pl", script: Latin,
		women: []string{"Małgorzata", "Agnieszka", "Łucja", "Żaneta", "Bożena", "Grażyna", "Zofia", "Wiesława", "Elżbieta", "Jagoda", "Róża", "Świętosława"},
		men:   []string{"Łukasz", "Michał", "Paweł", "Grzegorz", "Stanisław", "Józef", "Wojciech", "Krzysztof", "Jędrzej", "Mieczysław", "Żegota", "Błażej"},
		family: []string{
			"Wiśniewski", "Wójcik", "Kamiński", "Zieliński", "Dąbrowski", "Jabłoński", "Gołąb", "Źrebiec", "Ćwik", "Łęcki", "Ślązak", "Żak",
		},
		familyOfWomen: []string{
			"Wiśniewska", "Wójcik", "Kamińska", "Zielińska", "Dąbrowska", "Jabłońska", "Gołąb", "Źrebiec", "Ćwik", "Łęcka", "Ślązak", "Żak",
		},
		stems:   []string{"Brzez", "Chmiel", "Górs", "Jas", "Kacz", "Łąc", "Maj", "Pio", "Sob", "Szcz", "Wrób", "Żół"},
		endings: []string{"ewicz", "czyk", "iak", "arz", "ownik", "ała", "ęba", "uszek", "ec", "yło"},
	},
	{
		code: "cs", script: Latin,
		women:         []string{"Tereza", "Růžena", "Kateřina", "Božena", "Eliška", "Jiřina", "Zdeňka", "Šárka", "Žofie", "Markéta", "Ľudmila", "Alžběta"},
		men:           []string{"Jiří", "Tomáš", "Lukáš", "Ondřej", "Matěj", "Vojtěch", "Zdeněk", "Štěpán", "Řehoř", "Ľubomír", "Čeněk", "Bedřich"},
		family:        []string{"Dvořák", "Černý", "Procházka", "Kučera", "Veselý", "Horák", "Růžička", "Šťastný", "Žižka", "Řezníček", "Ďurica", "Říha"},
		familyOfWomen: []string{"Dvořáková", "Černá", "Procházková", "Kučerová", "Veselá", "Horáková", "Růžičková", "Šťastná", "Žižková", "Řezníčková", "Ďuricová", "Říhová"},
		stems:         []string{"Bart", "Čap", "Haj", "Jan", "Kov", "Malý", "Nov", "Pol", "Sed", "Šim", "Vlč", "Zem"},
		endings:       []string{"ek", "áček", "ík", "áš", "oš", "ina", "ička", "ůj", "ec", "uška"},
	},
	{
		code: "hu", script: Latin, familyFirst: true,
		women:   []string{"Ágnes", "Zsófia", "Erzsébet", "Ildikó", "Tünde", "Réka", "Emőke", "Hajnalka", "Márta", "Csilla", "Gyöngyi", "Enikő"},
		men:     []string{"Árpád", "Győző", "Zoltán", "László", "Ödön", "Gergő", "Bence", "Zsolt", "Ernő", "Csaba", "Dezső", "Máté"},
		family:  []string{"Szabó", "Kovács", "Tóth", "Nagy", "Horváth", "Kőszegi", "Fűzfa", "Gyűrű", "Székely", "Hegedűs", "Bíró", "Erdős"},
		stems:   []string{"Bal", "Csont", "Dömö", "Ér", "Föld", "Gál", "Hal", "Kert", "Lőr", "Mész", "Ördög", "Vár"},
		endings: []string{"házi", "falvi", "ölgyi", "mező", "vári", "hegyi", "szegi", "lósi", "kúti", "völgyi"},
	},
	{
		code: "tr", script: Latin,
		women:   []string{"Ayşe", "Gülşah", "Çiğdem", "Özlem", "İpek", "Işıl", "Tuğçe", "Şebnem", "Nilgün", "Yağmur", "Ümran", "Elif"},
		men:     []string{"Mehmet", "Oğuz", "Çağlar", "Ömer", "İbrahim", "Işık", "Tuğrul", "Şükrü", "Gökhan", "Yiğit", "Ümit", "Kâmil"},
		family:  []string{"Yılmaz", "Öztürk", "Şahin", "Çelik", "Yıldız", "Aydoğan", "Güneş", "İnönü", "Kılıç", "Doğan", "Ağaoğlu", "Üçüncü"},
		stems:   []string{"Ak", "Bay", "Can", "Demir", "Er", "Gök", "Kara", "Öz", "Sarı", "Taş", "Uç", "Yeşil"},
		endings: []string{"oğlu", "soy", "kaya", "dağ", "can", "er", "man", "taş", "yürek", "çı"},
	},
	{
		code: "vi", script: Latin, familyFirst: true,
		women:  []string{"Thị Hồng", "Ngọc Ánh", "Thùy Dương", "Bích Phượng", "Quỳnh Như", "Mỹ Lệ", "Thảo", "Hằng", "Tuyết", "Yến", "Kiều", "Diễm"},
		men:    []string{"Văn Đức", "Quốc Khánh", "Minh Tuấn", "Đình Phúc", "Hữu Nghĩa", "Thế Vinh", "Dũng", "Hiếu", "Sơn", "Trường", "Kiệt", "Ưng"},
		family: []string{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"},
	},
	{
		code: "is", script: Latin,
		women:         []string{"Þórdís", "Guðrún", "Æsa", "Sigríður", "Ásta", "Björk", "Ólöf", "Hrafnhildur", "Ýr", "Eydís"},
		men:           []string{"Þór", "Guðmundur", "Ægir", "Sigurður", "Ásgeir", "Björgvin", "Ólafur", "Hörður", "Össur", "Eyþór"},
		family:        []string{"Jónsson", "Þórðarson", "Ásgeirsson", "Guðjónsson", "Ólafsson", "Ægisson"},
		familyOfWomen: []string{"Jónsdóttir", "Þórðardóttir", "Ásgeirsdóttir", "Guðjónsdóttir", "Ólafsdóttir", "Ægisdóttir"},
	},
	{
		code: "da", script: Latin,
		women:   []string{"Søs", "Åse", "Bodil", "Karoline", "Mai-Britt", "Jytte", "Gøril", "Æveline", "Signe", "Inger"},
		men:     []string{"Søren", "Jørgen", "Åge", "Bjørn", "Rasmus", "Mogens", "Øystein", "Asbjørn", "Kjeld", "Frode"},
		family:  []string{"Sørensen", "Jørgensen", "Nørgård", "Østergaard", "Kjær", "Møller", "Skovgård", "Ærø", "Bråthen", "Lærke"},
		stems:   []string{"Dal", "Ege", "Fjeld", "Gård", "Høj", "Kirke", "Lyng", "Nør", "Skov", "Vester", "Ø", "Ås"},
		endings: []string{"gaard", "skov", "lund", "strøm", "bæk", "holm", "rup", "bø", "tved", "høj"},
	},
}
