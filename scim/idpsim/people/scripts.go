package people

// otherScripts lists the languages not written in Latin letters. Each name is
// followed by the spelling that stands in mail addresses.
//
//nolint:gochecknoglobals // read-only table
var otherScripts = []language{
	{
		code: "el", script: Greek,
		women: []string{
			"Ελένη|Eleni", "Μαρία|Maria", "Αικατερίνη|Aikaterini", "Ιωάννα|Ioanna", "Χρυσάνθη|Chrysanthi", "Δέσποινα|Despoina", "Ζωή|Zoi", "Ευφροσύνη|Effrosyni",
			"Θεοδώρα|Theodora", "Ήρα|Ira",
		},
		men: []string{
			"Γιώργος|Giorgos", "Δημήτρης|Dimitris", "Ιωάννης|Ioannis", "Νικόλαος|Nikolaos", "Σπύρος|Spyros", "Χρήστος|Christos", "Αθανάσιος|Athanasios",
			"Ηλίας|Ilias", "Οδυσσέας|Odysseas", "Φώτης|Fotis",
		},
		family: []string{
			"Παπαδόπουλος|Papadopoulos", "Οικονόμου|Oikonomou", "Γεωργίου|Georgiou", "Καραγιάννης|Karagiannis", "Βασιλείου|Vasileiou", "Μακρής|Makris",
			"Νικολάου|Nikolaou", "Ξενάκης|Xenakis", "Ψαρράς|Psarras", "Δημητρίου|Dimitriou", "Λαμπρόπουλος|Lampropoulos", "Ζαχαρίου|Zachariou",
		},
		familyOfWomen: []string{
			"Παπαδοπούλου|Papadopoulou", "Οικονόμου|Oikonomou", "Γεωργίου|Georgiou", "Καραγιάννη|Karagianni", "Βασιλείου|Vasileiou", "Μακρή|Makri",
			"Νικολάου|Nikolaou", "Ξενάκη|Xenaki", "Ψαρρά|Psarra", "Δημητρίου|Dimitriou", "Λαμπροπούλου|Lampropoulou", "Ζαχαρίου|Zachariou",
		},
	},
	{
		code: "ru", script: Cyrillic,
		women: []string{
			"Анна|Anna", "Екатерина|Ekaterina", "Наталья|Natalya", "Юлия|Yuliya", "Ольга|Olga", "Светлана|Svetlana", "Алёна|Alyona", "Ирина|Irina",
			"Любовь|Lyubov", "Ксения|Kseniya",
		},
		men: []string{
			"Алексей|Aleksey", "Дмитрий|Dmitriy", "Сергей|Sergey", "Пётр|Pyotr", "Фёдор|Fyodor", "Юрий|Yuriy", "Андрей|Andrey", "Илья|Ilya", "Михаил|Mikhail",
			"Артём|Artyom",
		},
		family: []string{
			"Иванов|Ivanov", "Кузнецов|Kuznetsov", "Соловьёв|Solovyov", "Щербаков|Shcherbakov", "Воробьёв|Vorobyov", "Жуков|Zhukov", "Чернышёв|Chernyshyov",
			"Зайцев|Zaytsev", "Белов|Belov", "Цветков|Tsvetkov", "Хромов|Khromov", "Ежов|Ezhov",
		},
		familyOfWomen: []string{
			"Иванова|Ivanova", "Кузнецова|Kuznetsova", "Соловьёва|Solovyova", "Щербакова|Shcherbakova", "Воробьёва|Vorobyova", "Жукова|Zhukova",
			"Чернышёва|Chernyshyova", "Зайцева|Zaytseva", "Белова|Belova", "Цветкова|Tsvetkova", "Хромова|Khromova", "Ежова|Ezhova",
		},
	},
	{
		code: "uk", script: Cyrillic,
		women:  []string{"Оксана|Oksana", "Ганна|Hanna", "Юлія|Yuliia", "Лєся|Liesia", "Соломія|Solomiia", "Надія|Nadiia", "Мар'яна|Mariana", "Зоряна|Zoriana"},
		men:    []string{"Тарас|Taras", "Андрій|Andrii", "Сергій|Serhii", "Ігор|Ihor", "Юхим|Yukhym", "Богдан|Bohdan", "В'ячеслав|Viacheslav", "Євген|Yevhen"},
		family: []string{"Шевченко|Shevchenko", "Коваленко|Kovalenko", "Ткачук|Tkachuk", "Їжакевич|Yizhakevych", "Гриценко|Hrytsenko", "Лук'яненко|Lukianenko", "Щур|Shchur", "Ґудзь|Gudz", "Савчук|Savchuk", "Єременко|Yeremenko"},
	},
	{
		code: "bg", script: Cyrillic,
		women:         []string{"Гергана|Gergana", "Цветелина|Tsvetelina", "Йорданка|Yordanka", "Радка|Radka", "Десислава|Desislava", "Ружа|Ruzha"},
		men:           []string{"Георги|Georgi", "Христо|Hristo", "Йордан|Yordan", "Стоян|Stoyan", "Красимир|Krasimir", "Явор|Yavor"},
		family:        []string{"Димитров|Dimitrov", "Стоянов|Stoyanov", "Кръстев|Krastev", "Цонев|Tsonev", "Живков|Zhivkov", "Български|Balgarski"},
		familyOfWomen: []string{"Димитрова|Dimitrova", "Стоянова|Stoyanova", "Кръстева|Krasteva", "Цонева|Tsoneva", "Живкова|Zhivkova", "Българска|Balgarska"},
	},
	{
		code: "zh", script: Chinese, familyFirst: true, joined: true,
		women: []string{
			"秀英|Xiuying", "丽|Li", "晓燕|Xiaoyan", "雪|Xue", "美玲|Meiling", "嘉怡|Jiayi", "婷婷|Tingting", "思琪|Siqi", "雨桐|Yutong", "淑芬|Shufen", "静|Jing", "梦瑶|Mengyao",
		},
		men: []string{
			"伟|Wei", "建国|Jianguo", "志强|Zhiqiang", "浩然|Haoran", "子轩|Zixuan", "俊杰|Junjie", "磊|Lei", "文博|Wenbo", "家豪|Jiahao", "宇航|Yuhang", "明|Ming", "大卫|Dawei",
		},
		family: []string{
			"王|Wang", "李|Li", "张|Zhang", "刘|Liu", "陈|Chen", "杨|Yang", "赵|Zhao", "黄|Huang", "周|Zhou", "吴|Wu", "徐|Xu", "孙|Sun", "欧阳|Ouyang", "司马|Sima", "单|Shan",
			"曾|Zeng", "吕|Lyu", "許|Hsu", "龔|Gong",
		},
	},
	{
		code: "ja", script: Japanese, familyFirst: true,
		women: []string{
			"花子|Hanako", "美咲|Misaki", "さくら|Sakura", "陽子|Yoko", "恵美|Emi", "千尋|Chihiro", "ゆかり|Yukari", "真由美|Mayumi", "結衣|Yui", "エリカ|Erika", "久美子|Kumiko",
		},
		men: []string{
			"太郎|Taro", "健一|Kenichi", "翔太|Shota", "大輔|Daisuke", "浩|Hiroshi", "拓也|Takuya", "裕介|Yusuke", "蓮|Ren", "ケン|Ken", "修|Osamu", "龍之介|Ryunosuke",
		},
		family: []string{
			"佐藤|Sato", "鈴木|Suzuki", "高橋|Takahashi", "田中|Tanaka", "渡辺|Watanabe", "伊藤|Ito", "山本|Yamamoto", "中村|Nakamura", "小林|Kobayashi", "加藤|Kato",
			"齋藤|Saito", "髙木|Takagi", "渡邉|Watanabe", "長谷川|Hasegawa", "五十嵐|Igarashi", "佐々木|Sasaki", "小野寺|Onodera", "森|Mori",
		},
	},
	{
		code: "ar", script: Arabic,
		women: []string{
			"فاطمة|Fatima", "عائشة|Aisha", "مريم|Maryam", "ليلى|Layla", "نور|Nour", "سلمى|Salma", "رانيا|Rania", "هدى|Huda", "آمنة|Amina", "ياسمين|Yasmin",
		},
		men: []string{
			"محمد|Mohammed", "أحمد|Ahmed", "خالد|Khalid", "عبد الله|Abdullah", "يوسف|Yousef", "إبراهيم|Ibrahim", "عمر|Omar", "طارق|Tariq", "مصطفى|Mustafa", "زياد|Ziad",
		},
		family: []string{
			"الهاشمي|AlHashimi", "المصري|AlMasri", "حداد|Haddad", "النجار|AlNajjar", "العلي|AlAli", "منصور|Mansour", "الخطيب|AlKhatib", "سليمان|Suleiman",
			"القاسم|AlQasim", "شاهين|Shaheen", "بن سعيد|BinSaeed", "أبو زيد|AbuZayd",
		},
	},
}
