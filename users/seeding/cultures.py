"""The names that demo people are called by, in the scripts in which they are written.

A name that cannot be spelled in Latin letters by dropping its accents says how after an equals
sign.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """How the people of one country are called, and where they live."""

    country: str
    language: str
    zone: str
    phone: str
    given: str
    family: str
    domain: str
    pattern: str = "{given} {family}"


FAMILY_FIRST = "{family} {given}"
UNSPACED = "{family}{given}"

CULTURES = (
    Culture(
        "IT", "it", "Europe/Rome", "+39 055",
        "Giulia Niccolò Sofia Matteo Chiara Lorenzo Aurora Alessandro Martina Davide Noè Beatrice",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco D'Angelo Nicolò",
        "italy.example",
    ),
    Culture(
        "ES", "es", "Europe/Madrid", "+34 91",
        "José María Lucía Íñigo Begoña Martín Sofía Álvaro Inés Nicolás Ángela Rubén",
        "García Muñoz Núñez López Martínez Sánchez Pérez Gómez Peña Ibáñez Yáñez Güell",
        "spain.example",
    ),
    Culture(
        "BR", "pt", "America/Sao_Paulo", "+55 11",
        "João Conceição Antônio Luísa Thaís Gonçalo Caetano Flávia Estêvão Letícia Inácio Júlia",
        "Silva Araújo Guimarães Magalhães Simões Gonçalves Falcão Leitão Brandão Assunção Brás Sá",
        "brazil.example",
    ),
    Culture(
        "FR", "fr", "Europe/Paris", "+33 1",
        "Zoé François Hélène Jérôme Chloé Gaël Noémie Benoît Maëlle Théo Françoise Loïc",
        "Lefèvre Béranger Dupré Géraud Lemaître Brontë Mérimée Crépeau Châtel Noël Hervé Pénaud",
        "france.example",
    ),
    Culture(
        "DE", "de", "Europe/Berlin", "+49 30",
        "Jürgen Käthe Jörg Björn Änne Günther Lena Felix Marlene Sören Hannelore Götz",
        "Weiß Müller Strauß Größ Schröder Köhler Jäger Grüß Preuß Voß Krämer Schäfer",
        "germany.example",
    ),
    Culture(
        "DK", "da", "Europe/Copenhagen", "+45",
        "Søren Åse Bjørn Jørgen Kåre Mikkel Frederikke Astrid Asbjørn Gøran Lærke Ørjan",
        "Sørensen Jørgensen Møller Nørgaard Kjær Ødegård Bjørnson Ågård Lærkesen Bø Skjøld Næss",
        "denmark.example",
    ),
    Culture(
        "PL", "pl", "Europe/Warsaw", "+48 22",
        "Łukasz Małgorzata Stanisław Zofia Paweł Świętosława Michał Agnieszka Rafał Żaneta Józef",
        "Wałęsa Wójcik Kowalski Dąbrowska Złoty Wiśniewska Głowacki Łapiński Pająk Król Żuk Ćwik",
        "poland.example",
    ),
    Culture(
        "CZ", "cs", "Europe/Prague", "+420 2",
        "Jiří Božena Ondřej Tomáš Kateřina Matěj Lukáš Zdeněk Šárka Vojtěch Růžena Eliška",
        "Dvořák Novák Svěrák Čapek Procházka Kučera Růžička Šťastný Krejčí Zbořil Hašek Kříž",
        "czechia.example",
    ),
    Culture(
        "HU", "hu", "Europe/Budapest", "+36 1",
        "György Zsófia Bálint Réka Gergő Ágnes Ernő Csilla Ödön Tünde Lőrinc Eszter",
        "Nagy Kovács Szabó Tóth Erdős Kőszegi Fűrész Hegedűs Vörösmarty Jókai Petőfi Füst",
        "hungary.example", FAMILY_FIRST,
    ),
    Culture(
        "TR", "tr", "Europe/Istanbul", "+90 212",
        "İbrahim Işıl Çağla Oğuz Şule Gökhan İpek Ümit Ayşegül Yağmur Özgür Kıvanç",
        "Yılmaz Çelik Şahin Öztürk Kılıç Güneş Aydın Işık Doğan İnönü Arslan Koç",
        "turkey.example",
    ),
    Culture(
        "VN", "vi", "Asia/Ho_Chi_Minh", "+84 28",
        "Minh Hương Đức Thảo Dũng Ngọc Quỳnh Tuấn Ánh Hằng Việt Phượng",
        "Nguyễn Trần Lê Phạm Hoàng Đặng Võ Bùi Đỗ Hồ Ngô Dương",
        "vietnam.example", FAMILY_FIRST,
    ),
    Culture(
        "EG", "ar", "Africa/Cairo", "+20 2",
        "محمد=mohammed فاطمة=fatima أحمد=ahmed ليلى=layla عمر=omar نور=nour يوسف=youssef "
        "مريم=maryam خالد=khaled زينب=zaynab طارق=tariq هدى=huda",
        "حسن=hassan المصري=elmasry إبراهيم=ibrahim الشريف=elsharif منصور=mansour عبدالله=abdullah "
        "سليمان=soliman حداد=haddad النجار=elnaggar فؤاد=fouad صالح=saleh خليل=khalil",
        "egypt.example",
    ),
    Culture(
        "IL", "he", "Asia/Jerusalem", "+972 3",
        "נועה=noa דוד=david תמר=tamar יוסי=yossi שירה=shira איתן=eitan מיכל=michal אורי=uri "
        "רחל=rachel גיל=gil יעל=yael משה=moshe",
        "כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz ביטון=biton אברהם=avraham פרידמן=friedman "
        "שפירא=shapira גולן=golan ברק=barak שלום=shalom רוזן=rosen",
        "israel.example",
    ),
    Culture(
        "CN", "zh", "Asia/Shanghai", "+86 21",
        "伟=wei 芳=fang 秀英=xiuying 敏=min 静=jing 磊=lei "
        "洋=yang 艳=yan 勇=yong 娟=juan 涛=tao 明霞=mingxia",
        "王=wang 李=li 张=zhang 刘=liu 陈=chen 杨=yangg "
        "赵=zhao 黄=huang 周=zhou 吴=wu 徐=xu 欧阳=ouyang",
        "china.example", UNSPACED,
    ),
    Culture(
        "JP", "ja", "Asia/Tokyo", "+81 3",
        "太郎=taro 花子=hanako さくら=sakura 健一=kenichi 陽菜=hina 大輔=daisuke 美咲=misaki "
        "翔太=shota エミリー=emily ケン=ken アキラ=akira 真由=mayu",
        "佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe 伊藤=ito 山本=yamamoto "
        "中村=nakamura 小林=kobayashi 加藤=kato 𠮷田=yoshida 斎藤=saito",
        "japan.example", FAMILY_FIRST,
    ),
    Culture(
        "KR", "ko", "Asia/Seoul", "+82 2",
        "민준=minjun 서연=seoyeon 지훈=jihun 하은=haeun 도윤=doyun 수빈=subin "
        "예준=yejun 지우=jiwoo 현우=hyunwoo 은지=eunji 성민=seongmin 유나=yuna",
        "김=kim 이=lee 박=park 최=choi 정=jeong 강=kang 조=cho "
        "윤=yoon 장=jang 임=lim 한=han 남궁=namgung",
        "korea.example", UNSPACED,
    ),
    Culture(
        "IN", "hi", "Asia/Kolkata", "+91 22",
        "प्रिया=priya राहुल=rahul अनन्या=ananya अर्जुन=arjun दीपिका=deepika विक्रम=vikram कविता=kavita "
        "संजय=sanjay नेहा=neha श्रीकृष्ण=shrikrishna लक्ष्मी=lakshmi आदित्य=aditya",
        "शर्मा=sharma वर्मा=verma गुप्ता=gupta सिंह=singh पटेल=patel जोशी=joshi मिश्रा=mishra "
        "त्रिपाठी=tripathi चौधरी=chaudhary मेहता=mehta राव=rao द्विवेदी=dwivedi",
        "india.example",
    ),
    Culture(
        "TH", "th", "Asia/Bangkok", "+66 2",
        "สมชาย=somchai สมหญิง=somying กิตติ=kitti นภา=napa ประเสริฐ=prasert วิไล=wilai ธนา=thana "
        "พิมพ์=pim สุรชัย=surachai มาลี=malee อนันต์=anan ศิริพร=siriporn",
        "แสงจันทร์=saengchan ศรีสุข=srisuk บุญมี=bunmee ทองดี=thongdee วงศ์สวัสดิ์=wongsawat "
        "ใจดี=jaidee รัตนพงษ์=rattanapong สุวรรณ=suwan พันธุ์ทอง=phanthong ชัยวัฒน์=chaiwat "
        "เจริญสุข=charoensuk น้อย=noi",
        "thailand.example",
    ),
    Culture(
        "RU", "ru", "Europe/Moscow", "+7 495",
        "Анна=anna Дмитрий=dmitry Ольга=olga Сергей=sergey Наталья=natalya Фёдор=fyodor Юлия=yulia "
        "Алексей=alexey Ксения=ksenia Пётр=pyotr Тимофей=timofey Любовь=lyubov",
        "Иванов=ivanov Смирнова=smirnova Кузнецов=kuznetsov Попов=popov Соловьёв=solovyov "
        "Щербаков=shcherbakov Морозова=morozova Лебедев=lebedev Королёв=korolyov Жуков=zhukov "
        "Цветаева=tsvetaeva Чехов=chekhov",
        "russia.example",
    ),
    Culture(
        "UA", "uk", "Europe/Kyiv", "+380 44",
        "Олена=olena Андрій=andrii Леся=lesia Ганна=hanna Тарас=taras Соломія=solomiia "
        "Юрій=yurii Мар'яна=mariana Ґелла=gella Остап=ostap Лєна=liena Ігор=ihor",
        "Шевченко=shevchenko Ковальчук=kovalchuk Бойко=boiko Ткаченко=tkachenko Франко=franko "
        "Лисенко=lysenko Гончар=honchar В'юн=viun Мельник=melnyk Їжак=yizhak "
        "Стус=stus Грінченко=hrinchenko",
        "ukraine.example",
    ),
    Culture(
        "GR", "el", "Europe/Athens", "+30 21",
        "Ελένη=eleni Γιώργος=giorgos Μαρία=maria Νίκος=nikos Σοφία=sophia Οδυσσέας=odysseas "
        "Αθηνά=athina Θανάσης=thanasis Ειρήνη=irini Κώστας=kostas Άγγελος=angelos Ζωή=zoi",
        "Παπαδόπουλος=papadopoulos Οικονόμου=oikonomou Νικολάου=nikolaou Καζαντζάκης=kazantzakis "
        "Σεφέρης=seferis Ελύτης=elytis Μπότσαρης=botsaris Δήμου=dimou Ψαράς=psaras Ξένος=xenos "
        "Ρίτσος=ritsos Ιωάννου=ioannou",
        "greece.example",
    ),
    Culture(
        "IE", "en", "Europe/Dublin", "+353 1",
        "Aoife Niamh Seán Ciarán Siobhán Pádraig Róisín Eoin Gráinne Oisín Mary-Jane Liam",
        "O'Neill O’Brien Ó_Súilleabháin Murphy Nic_Dhonnchadha McCarthy Byrne O'Connor Walsh "
        "Fitzgerald Ní_Bhriain Smith-Jones",
        "ireland.example",
    ),
    Culture(
        "US", "en", "America/New_York", "+1 212",
        "Emma Zoë James Renée Olivia Noah Ava William Isabella Ethan Mia Charlotte",
        "Johnson Williams Brown Davis Miller Wilson Moore Taylor Anderson Thomas Jackson Nussbaum",
        "america.example",
    ),
)  # fmt: skip
