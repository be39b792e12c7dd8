"""Names, adjectives, people and capitals of countries that neither CLDR nor countryinfo has, by language.

Read by `digest.countries`. Adjectives and people stand in the ground form: their inflections share its stem.
"""

# ruff: noqa: RUF001 - names in many scripts are what this module is made of

from __future__ import annotations

# One country a line: names, adjectives and people, then behind the bar capitals. An underscore joins words.
OWN: dict[str, str] = {
    "en": """
        AE UAE Emirates Emirati | Abu_Dhabi
        AF Afghan Afghani | Kabul
        AR Argentine Argentinian
        BA Bosnia Bosnian
        BF Upper_Volta
        BJ Dahomey
        BY Byelorussia Byelorussian Belorussia
        CD Congo Congolese DRC DR_Congo Democratic_Republic_of_Congo Zaire Zairean Zairian | Kinshasa
        CG Congo-Brazzaville Republic_of_the_Congo Republic_of_Congo | Brazzaville
        CI Ivory_Coast Cote_d'Ivoire Ivorian Ivoirian | Abidjan
        CV Cape_Verde Cabo_Verde Cape_Verdean
        CZ Czech Czechia
        DK Danish
        DO Dominican
        EC Ecuadorian
        ES Spaniard
        EU European_Union EU European_Community European_Communities European_Economic_Community EEC EC
        FI Finnish
        GB UK Britain British Briton Great_Britain
        GE Georgia Georgian
        HK Hong_Kong Hongkong Hong_Konger | Hong_Kong
        IE Irish_Republic Republic_of_Ireland Eire
        IR Persia
        IS Icelandic
        KG Kyrgyzstan Kyrgyz Kirghizia
        KH Kampuchea Kampuchean
        KP North_Korea North_Korean N_Korea N_Korean DPRK | Pyongyang
        KR South_Korea South_Korean S_Korea S_Korean ROK
        KZ Kazakh Kazakhstani | Astana
        LA Laos Laotian | Vientiane
        LK Sri_Lanka Sri_Lankan Ceylon Ceylonese | Colombo
        MD Moldavia
        MK Macedonia Macedonian | Skopje
        MM Myanmar Burma Burmese | Naypyidaw Yangon
        NA South_West_Africa
        NL Netherlands Dutch Holland | Amsterdam The_Hague
        NZ New_Zealand New_Zealander NZ
        PG PNG
        PH Philippine Filipino | Manila
        PL Polish
        PS Palestine Palestinian Palestinian_Territories | Ramallah
        RU Russia Russian Russian_Federation | Moscow Kremlin
        SA Saudi_Arabia Saudi | Riyadh
        SE Swede Swedish
        SI Slovenian
        SR Surinam
        SZ Eswatini Swaziland | Mbabane
        TH Siam
        TJ Tajikistan Tajik
        TL East_Timor Timor-Leste East_Timorese
        TR Turkey Turkish Türkiye Turkiye Turk | Ankara
        TT Trinidad Trinidadian
        TZ Tanganyika
        UA Ukraine Ukrainian | Kyiv Kiev
        UN United_Nations UN
        US United_States USA US America American | Washington
        UZ Uzbek
        VA Vatican Holy_See
        VN Viet_Nam
        XK Kosovo Kosovar Kosovan | Pristina
        ZA South_Africa South_African RSA | Pretoria
        ZW Rhodesia Rhodesian
        """,
    "de": """
        AE emiratisch VAE | Abu_Dhabi
        AF afghanisch Afghane | Kabul
        AM armenisch Armenier | Eriwan
        AR argentinisch Argentinier
        AT österreichisch Österreicher | Wien
        AU australisch Australier
        AZ aserbaidschanisch | Baku
        BE belgisch Belgier | Brüssel
        BG bulgarisch Bulgare
        BR brasilianisch Brasilianer
        BY belarussisch weißrussisch Weißrussland | Minsk
        CA kanadisch Kanadier | Ottawa
        CH schweizerisch Schweizer
        CN chinesisch Chinese | Peking
        CU kubanisch Kubaner | Havanna
        CY zyprisch zypriotisch | Nikosia
        DE deutsch Deutscher | Berlin
        EG ägyptisch Ägypter | Kairo
        ES spanisch Spanier | Madrid
        ET äthiopisch Äthiopier
        FI finnisch Finne | Helsinki
        FR französisch Franzose | Paris
        GB britisch Brite Großbritannien UK | London
        GE georgisch Georgier | Tiflis
        GR griechisch Grieche | Athen
        HU ungarisch Ungar | Budapest
        IL israelisch Israeli
        IN indisch Inder | Neu-Delhi
        IQ irakisch Iraker | Bagdad
        IR iranisch Iraner | Teheran
        IT italienisch Italiener | Rom
        JO jordanisch Jordanier | Amman
        JP japanisch Japaner | Tokio
        KP nordkoreanisch Nordkoreaner | Pjöngjang
        KR südkoreanisch Südkoreaner | Seoul
        LB libanesisch Libanese | Beirut
        LY libysch Libyer | Tripolis
        MX mexikanisch Mexikaner
        NG nigerianisch
        NL niederländisch Niederländer Holland holländisch | Den_Haag
        PK pakistanisch Pakistaner | Islamabad
        PL polnisch | Warschau
        PS palästinensisch Palästinenser Palästina | Ramallah
        QA katarisch | Doha
        RO rumänisch Rumäne | Bukarest
        RS serbisch Serbe | Belgrad
        RU russisch Russe | Moskau Kreml
        SA saudisch saudi-arabisch | Riad
        SD sudanesisch | Khartum
        SE schwedisch Schwede | Stockholm
        SY syrisch Syrer | Damaskus
        TR türkisch Türke | Ankara
        UA ukrainisch Ukrainer | Kiew Kyjiw
        UN UNO
        US USA US Amerika amerikanisch Amerikaner | Washington
        VE venezolanisch | Caracas
        YE jemenitisch Jemenit | Sanaa
        ZA südafrikanisch Südafrikaner
        """,
    "fr": """
        AE émirati émiratie EAU | Abou_Dhabi
        AF afghan afghane | Kaboul
        AM arménien arménienne | Erevan
        AR argentin argentine
        AT autrichien autrichienne | Vienne
        AU australien australienne
        AZ azerbaïdjanais azéri | Bakou
        BE belge | Bruxelles
        BG bulgare
        BR brésilien brésilienne
        BY biélorusse Biélorussie | Minsk
        CA canadien canadienne | Ottawa
        CH helvétique
        CN chinois chinoise | Pékin
        CU cubain cubaine
        CY chypriote | Nicosie
        DE allemand allemande | Berlin
        EG égyptien égyptienne
        ES espagnol espagnole | Madrid
        ET éthiopien éthiopienne
        EU UE | Bruxelles
        FI finlandais finlandaise
        FR français française | Paris
        GB britannique Grande-Bretagne | Londres
        GE géorgien géorgienne | Tbilissi
        GR grec grecque | Athènes
        HU hongrois hongroise | Budapest
        IL israélien israélienne
        IN indien indienne | New_Delhi
        IQ irakien irakienne Irak | Bagdad
        IR iranien iranienne | Téhéran
        IT italien italienne | Rome
        JO jordanien jordanienne | Amman
        JP japonais japonaise | Tokyo
        KP nord-coréen nord-coréenne | Pyongyang
        KR sud-coréen sud-coréenne | Séoul
        LB libanais libanaise | Beyrouth
        LY libyen libyenne
        MX mexicain mexicaine
        NG nigérian nigériane
        NL néerlandais néerlandaise hollandais | Haye
        PK pakistanais pakistanaise | Islamabad
        PL polonais polonaise | Varsovie
        PS palestinien palestinienne Palestine | Ramallah
        QA qatari qatarie qatarien | Doha
        RO roumain roumaine | Bucarest
        RS serbe | Belgrade
        RU russe | Moscou Kremlin
        SA saoudien saoudienne | Riyad
        SD soudanais soudanaise | Khartoum
        SE suédois suédoise | Stockholm
        SY syrien syrienne | Damas
        TR turc turque | Ankara
        UA ukrainien ukrainienne | Kiev
        UN ONU Nations_unies
        US USA Amérique américain américaine | Washington
        VE vénézuélien vénézuélienne | Caracas
        YE yéménite | Sanaa
        ZA sud-africain sud-africaine
        """,
    "es": """
        AE emiratí EAU | Abu_Dabi
        AF afgano afgana | Kabul
        AM armenio | Ereván
        AR argentino
        AT austríaco austriaco | Viena
        AU australiano
        AZ azerbaiyano azerí | Bakú
        BE belga | Bruselas
        BG búlgaro
        BR brasileño
        BY bielorruso Bielorrusia | Minsk
        CA canadiense | Ottawa
        CH suizo
        CN chino china | Pekín
        CU cubano | Habana
        CY chipriota | Nicosia
        DE alemán alemana | Berlín
        EG egipcio | Cairo
        ES español española | Madrid
        ET etíope
        EU UE | Bruselas
        FI finlandés finlandesa
        FR francés francesa
        GB británico Gran_Bretaña | Londres
        GE georgiano
        GR griego | Atenas
        HU húngaro | Budapest
        IL israelí
        IN indio hindú | Nueva_Delhi
        IQ iraquí Irak | Bagdad
        IR iraní | Teherán
        IT italiano | Roma
        JO jordano | Ammán
        JP japonés japonesa | Tokio
        KP norcoreano | Pyongyang
        KR surcoreano | Seúl
        LB libanés libanesa | Beirut
        LY libio
        MX mexicano Méjico
        NG nigeriano
        NL neerlandés holandés Holanda | Haya
        PK pakistaní | Islamabad
        PL polaco | Varsovia
        PS palestino Palestina | Ramala
        QA catarí qatarí Qatar | Doha
        RO rumano | Bucarest
        RS serbio | Belgrado
        RU ruso | Moscú Kremlin
        SA saudí saudita Arabia_Saudita | Riad
        SD sudanés | Jartum
        SE sueco | Estocolmo
        SY sirio | Damasco
        TR turco | Ankara
        UA ucraniano | Kiev
        UN ONU
        US EE_UU EEUU estadounidense norteamericano | Washington
        VE venezolano | Caracas
        YE yemení | Saná
        ZA sudafricano
        """,
    "tr": """
        AE BAE Emirlikler | Abu_Dabi
        AF Afgan | Kabil
        AM Ermeni | Erivan
        AR Arjantinli
        AT Avusturyalı | Viyana
        AU Avustralyalı
        AZ Azeri Azerbaycanlı | Bakü
        BE Belçikalı | Brüksel
        BG Bulgar
        BR Brezilyalı
        BY Belaruslu | Minsk
        CA Kanadalı
        CH İsviçreli
        CN Çinli | Pekin
        CU Kübalı
        CY Kıbrıslı Kıbrıs | Lefkoşa
        DE Alman | Berlin
        EG Mısırlı | Kahire
        ES İspanyol | Madrid
        ET Etiyopyalı
        EU AB | Brüksel
        FI Fin Finlandiyalı
        FR Fransız | Paris
        GB İngiliz İngiltere Britanya | Londra
        GE Gürcü | Tiflis
        GR Yunan Yunanlı | Atina
        HU Macar | Budapeşte
        IL İsrailli
        IN Hint Hindistanlı
        IQ Iraklı | Bağdat
        IR İranlı | Tahran
        IT İtalyan | Roma
        JO Ürdünlü | Amman
        JP Japon
        KP Kuzey_Koreli | Pyongyang
        KR Güney_Koreli | Seul
        LB Lübnanlı | Beyrut
        LY Libyalı | Trablus
        MX Meksikalı
        NG Nijeryalı
        NL Hollandalı | Lahey
        PK Pakistanlı | İslamabad
        PL Polonyalı | Varşova
        PS Filistinli Filistin | Ramallah
        QA Katarlı | Doha
        RO Romen Rumen | Bükreş
        RS Sırp | Belgrad
        RU Rus | Moskova Kremlin
        SA Suudi | Riyad
        SD Sudanlı | Hartum
        SE İsveçli
        SY Suriyeli | Şam
        TR Türk | Ankara
        UA Ukraynalı | Kiev
        UN BM
        US ABD Amerika Amerikan Amerikalı | Washington
        VE Venezuelalı | Karakas
        YE Yemenli | Sana
        ZA Güney_Afrikalı
        """,
    "ru": """
        AE эмиратский | Абу-Даби
        AF афганский | Кабул
        AM армянский | Ереван
        AR аргентинский
        AT австрийский | Вена
        AU австралийский
        AZ азербайджанский | Баку
        BE бельгийский | Брюссель
        BG болгарский
        BR бразильский
        BY белорусский Белоруссия | Минск
        CA канадский
        CH швейцарский
        CN китайский | Пекин
        CU кубинский
        CY кипрский | Никосия
        DE немецкий германский | Берлин
        EG египетский Египта | Каир
        ES испанский | Мадрид
        ET эфиопский
        EU ЕС Евросоюз | Брюссель
        FI финский
        FR французский | Париж
        GB британский Британия | Лондон
        GE грузинский | Тбилиси
        GR греческий | Афины
        HU венгерский | Будапешт
        IL израильский израильтянин израильтяне
        IN индийский
        IQ иракский | Багдад
        IR иранский иранец иранцы | Тегеран
        IT итальянский | Рим
        JO иорданский | Амман
        JP японский | Токио
        KP северокорейский Северная_Корея | Пхеньян
        KR южнокорейский Южная_Корея | Сеул
        LB ливанский | Бейрут
        LY ливийский | Триполи
        MX мексиканский
        NG нигерийский
        NL нидерландский голландский Голландия | Гаага
        PK пакистанский | Исламабад
        PL польский | Варшава
        PS палестинский Палестина палестинец палестинцы | Рамалла
        QA катарский | Доха
        RO румынский | Бухарест
        RS сербский | Белград
        RU российский русский россиянин россияне | Москва Кремль
        SA саудовский | Эр-Рияд
        SD суданский | Хартум
        SE шведский | Стокгольм
        SY сирийский сириец сирийцы | Дамаск
        TR турецкий турок турки | Анкара
        UA украинский украинец украинцы | Киев
        UN ООН
        US США Америка американский американец американцы | Вашингтон
        VE венесуэльский | Каракас
        YE йеменский | Сана
        ZA южноафриканский ЮАР
        """,
    "ar": """
        AE إماراتي إماراتية الإمارات | أبوظبي أبو_ظبي
        AF أفغاني أفغانية | كابول كابل
        AM أرميني أرمينية | يريفان
        AR أرجنتيني
        AT نمساوي نمساوية | فيينا
        AU أسترالي أسترالية
        AZ أذربيجاني أذربيجانية | باكو
        BE بلجيكي بلجيكية | بروكسل
        BR برازيلي برازيلية
        CA كندي كندية
        CN صيني صينية | بكين
        CU كوبي كوبية
        CY قبرصي قبرصية
        DE ألماني ألمانية | برلين
        EG مصري مصرية | القاهرة
        ES إسباني إسبانية | مدريد
        ET إثيوبي إثيوبية
        FR فرنسي فرنسية | باريس
        GB بريطاني بريطانية بريطانيا | لندن
        GE جورجي جورجية
        GR يوناني يونانية | أثينا
        HU مجري مجرية
        IL إسرائيلي إسرائيلية
        IN هندي هندية | نيودلهي
        IQ عراقي عراقية | بغداد
        IR إيراني إيرانية | طهران
        IT إيطالي إيطالية | روما
        JO أردني أردنية | عمّان
        JP ياباني يابانية | طوكيو
        KP كوري_شمالي كورية_شمالية | بيونغيانغ
        KR كوري_جنوبي كورية_جنوبية | سول
        LB لبناني لبنانية | بيروت
        LY ليبي ليبية | طرابلس
        MX مكسيكي مكسيكية
        NL هولندي هولندية | لاهاي
        PK باكستاني باكستانية | إسلام_آباد
        PL بولندي بولندية | وارسو
        PS فلسطيني فلسطينية فلسطين | رام_الله
        QA قطري قطرية | الدوحة
        RU روسي روسية روس | موسكو الكرملين
        SA سعودي سعودية السعودية | الرياض
        SD سوداني سودانية | الخرطوم
        SE سويدي سويدية
        SY سوري سورية سوريون سوريين | دمشق
        TR تركي تركية أتراك | أنقرة
        UA أوكراني أوكرانية | كييف
        US أمريكا أميركا أمريكي أمريكية أميركي أميركية | واشنطن
        VE فنزويلي فنزويلية
        YE يمني يمنية | صنعاء
        """,
    "zh": """
        AE 阿联酋 阿聯酋 | 阿布扎比
        AF | 喀布尔
        CD 刚果金 | 金沙萨
        CN | 北京
        DE | 柏林
        EG | 开罗
        EU 欧盟 歐盟 | 布鲁塞尔
        FR | 巴黎
        GB 英国 英國 | 伦敦 倫敦
        IN | 新德里
        IQ | 巴格达
        IR | 德黑兰 德黑蘭
        JP | 东京 東京
        KP 朝鲜 朝鮮 北韩 北韓 | 平壤
        KR 韩国 韓國 南韩 南韓 | 首尔 首爾
        LB | 贝鲁特
        PK | 伊斯兰堡
        PS 巴勒斯坦 | 拉马拉
        QA | 多哈
        RU 俄罗斯 俄羅斯 | 莫斯科 克里姆林宫
        SA 沙特 沙特阿拉伯 | 利雅得
        SY 叙利亚 敘利亞 | 大马士革 大馬士革
        TR 土耳其 | 安卡拉
        UA 乌克兰 烏克蘭 | 基辅 基輔
        UN 联合国 聯合國
        US 美国 美國 | 华盛顿 華盛頓
        YE 也门 葉門 | 萨那
        """,
    "ja": """
        AE アラブ首長国連邦 UAE | アブダビ
        AF | カブール
        CN | 北京
        DE | ベルリン
        EG | カイロ
        EU 欧州連合 EU
        FR | パリ
        GB イギリス 英国 | ロンドン
        IN | ニューデリー
        IQ | バグダッド
        IR | テヘラン
        IT | ローマ
        JP | 東京
        KP 北朝鮮 | 平壌 ピョンヤン
        KR 韓国 | ソウル
        LB | ベイルート
        PK | イスラマバード
        PS パレスチナ
        QA | ドーハ
        RU ロシア | モスクワ クレムリン
        SA サウジ サウジアラビア | リヤド
        SY | ダマスカス
        TR | アンカラ
        UA | キーウ キエフ
        UN 国連 国際連合
        US 米国 アメリカ | ワシントン
        YE | サヌア
        """,
    "ko": """
        AE UAE 아랍에미리트 | 아부다비
        AF 아프간 | 카불
        CN | 베이징
        DE | 베를린
        EG | 카이로
        EU 유럽연합 EU | 브뤼셀
        FR | 파리
        GB | 런던
        IN | 뉴델리
        IQ | 바그다드
        IR | 테헤란
        JP | 도쿄
        KP 북한 | 평양
        KR 한국 대한민국 | 서울
        LB | 베이루트
        PK | 이슬라마바드
        PS 팔레스타인
        QA | 도하
        RU | 모스크바 크렘린
        SA 사우디 | 리야드
        SY | 다마스쿠스
        TR 터키 튀르키예 | 앙카라
        UA | 키이우 키예프
        UN 유엔
        US 미국 | 워싱턴
        YE | 사나
        """,
    "uk": """
        AM вірменський | Єреван
        AZ азербайджанський | Баку
        BY білоруський | Мінськ
        CN китайський | Пекін
        DE німецький | Берлін
        EG єгипетський | Каїр
        EU ЄС Євросоюз | Брюссель
        FR французький | Париж
        GB британський Британія | Лондон
        GE грузинський | Тбілісі
        IL ізраїльський
        IQ іракський | Багдад
        IR іранський | Тегеран
        KP північнокорейський | Пхеньян
        KR південнокорейський | Сеул
        PL польський | Варшава
        PS палестинський Палестина
        RU російський | Москва Кремль
        SA саудівський | Ер-Ріяд
        SY сирійський | Дамаск
        TR турецький | Анкара
        UA український | Київ
        UN ООН
        US США Америка американський | Вашингтон
        """,
    "fa": """
        AF افغان | کابل
        CN چینی | پکن
        DE آلمانی | برلین
        EU اتحادیهٔ_اروپا | بروکسل
        FR فرانسوی | پاریس
        GB بریتانیا انگلیس بریتانیایی | لندن
        IL اسرائیلی
        IQ عراقی | بغداد
        IR ایرانی | تهران
        LB لبنانی | بیروت
        PS فلسطینی فلسطین
        RU روسی | مسکو کرملین
        SA سعودی | ریاض
        SY سوری | دمشق
        TR ترک ترکیه‌ای | آنکارا
        UA اوکراینی | کی‌یف
        UN سازمان_ملل
        US آمریکا امریکا آمریکایی | واشنگتن
        YE یمنی | صنعا
        """,
    "he": """
        EG מצרי מצרית | קהיר
        GB בריטי בריטית בריטניה | לונדון
        IL ישראלי ישראלית
        IQ עיראקי | בגדד
        IR איראני איראנית | טהרן
        JO ירדני | עמאן
        LB לבנוני לבנונית | ביירות
        PS פלסטיני פלסטינית פלסטין | רמאללה
        RU רוסי רוסית | מוסקבה הקרמלין
        SA סעודי סעודית | ריאד
        SY סורי סורית | דמשק
        TR טורקי טורקית טורקיה תורכיה | אנקרה
        UA אוקראיני | קייב
        UN האו"ם
        US ארה"ב אמריקה אמריקני אמריקאי | וושינגטון
        YE תימני | צנעא
        """,
    "it": """
        CN cinese | Pechino
        DE tedesco | Berlino
        EG egiziano | Cairo
        EU UE | Bruxelles
        FR francese | Parigi
        GB britannico inglese Gran_Bretagna | Londra
        GR greco | Atene
        IL israeliano
        IN indiano
        IQ iracheno | Baghdad
        IR iraniano | Teheran
        IT italiano | Roma
        JP giapponese | Tokyo
        LB libanese | Beirut
        PS palestinese Palestina
        RU russo | Mosca Cremlino
        SA saudita | Riad
        SY siriano | Damasco
        TR turco | Ankara
        UA ucraino | Kiev
        UN ONU
        US USA americano statunitense | Washington
        YE yemenita
        """,
    "pt": """
        CN chinês chinesa | Pequim
        DE alemão alemã | Berlim
        EG egípcio | Cairo
        EU UE | Bruxelas
        FR francês francesa | Paris
        GB britânico Grã-Bretanha | Londres
        IL israelense israelita
        IQ iraquiano | Bagdá
        IR iraniano | Teerã Teerão
        JP japonês japonesa | Tóquio
        LB libanês libanesa | Beirute
        PS palestino palestiniano Palestina
        RU russo | Moscou Moscovo
        SA saudita | Riad
        SY sírio | Damasco
        TR turco | Ancara
        UA ucraniano | Kiev
        UN ONU
        US EUA americano norte-americano | Washington
        """,
    "nl": """
        CN Chinees Chinese | Peking
        DE Duits Duitse | Berlijn
        EU | Brussel
        FR Frans Franse | Parijs
        GB Brits Britse Groot-Brittannië | Londen
        IL Israëlisch Israëlische
        IQ Iraaks Iraakse | Bagdad
        IR Iraans Iraanse | Teheran
        PS Palestijns Palestijnse Palestina Palestijn
        RU Russisch Russische Rus | Moskou Kremlin
        SA Saoedisch Saoedische | Riyad
        SY Syrisch Syrische Syriër | Damascus
        TR Turks Turkse Turk | Ankara
        UA Oekraïens Oekraïense Oekraïner | Kyiv Kiev
        UN VN
        US VS Amerika Amerikaans Amerikaanse Amerikaan | Washington
        """,
    "pl": """
        AT austriacki | Wiedeń
        BE belgijski
        BY białoruski | Mińsk
        CN chiński | Pekin
        CZ czeski Czech | Praga
        DE niemiecki Niemiec Niemczech | Berlin
        EG egipski Egipcie | Kair
        ES hiszpański | Madryt
        EU UE | Bruksela
        FR francuski | Paryż
        GB brytyjski Brytania | Londyn
        GR grecki | Ateny
        HU węgierski Węgier Węgrzech Węgrom | Budapeszt
        IL izraelski
        IN indyjski
        IQ iracki | Bagdad
        IR irański | Teheran
        IT włoski Włoszech | Rzym
        JP japoński | Tokio
        KP północnokoreański | Pjongjang
        KR południowokoreański | Seul
        LB libański | Bejrut
        LT litewski | Wilno
        NL holenderski niderlandzki Holandia | Haga
        PK pakistański
        PL polski Polak | Warszawa
        PS palestyński Palestyna
        RU rosyjski Rosjanin | Moskwa Kreml
        SA saudyjski | Rijad
        SK słowacki | Bratysława
        SY syryjski Syryjczyk | Damaszek
        TR turecki Turek | Ankara
        UA ukraiński Ukrainiec | Kijów
        UN ONZ
        US USA amerykański Amerykanin | Waszyngton
        VE wenezuelski
        """,
}
