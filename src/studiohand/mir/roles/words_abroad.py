"""Words for stems beyond English and the languages in `by_name`: Nordic, Slavic, Asian and more."""

from __future__ import annotations

from studiohand.core.audio import Role

WORDS: dict[Role, str] = {
    Role.VOCALS: """
        zang leadzang sang sanger lauluraita laulu wokal wokale spiew glos zpev hlas vokal
        vokaler vokali enek vokaali вокал вокалы голос спів ボーカル ヴォーカル 歌 仮歌
        リードボーカル 보컬 보컬리드 노래 人声 人聲 主唱 主音 主人声 歌声 שירה φωνη غناء""",
    Role.BACKING_VOCALS: """
        koor koorzang achtergrondzang kor korus chorki chorek koro geri бэк бэки бэквокал
        подпевки хор コーラス ハモリ 코러스 和声 和聲 合唱""",
    Role.KICK: """
        stortromme stortrumma bastrumma stopa centrala бочка キック バスドラ 킥 底鼓 大鼓""",
    Role.SNARE: """
        virvel virveltrumma lilletromme werbel рабочий малый スネア 스네어 军鼓 軍鼓 小鼓""",
    Role.HATS: """
        hihaty хэт хет хайхэт ハイハット 하이햇 踩镲 踩鑔""",
    Role.DRUMS: """
        trummor trumma trommer tromme slagwerk rummut perkusja bebny dobok davul davullar
        bicí барабаны барабан ударные оверхед оверхеды томы тарелки ドラム ドラムス 드럼 鼓
        鼓组 架子鼓 爵士鼓 тарілки""",
    Role.PERCUSSION: """
        slagverk perkusjonalia przeszkadzajki перкуссия бубен шейкер パーカッション
        タンバリン シェイカー 퍼커션 打击乐 打擊樂 铃鼓 沙锤""",
    Role.BASS: """
        basgitaar basgitara basgitar bas бас басс басгитара контрабас ベース シンセベース
        베이스 贝斯 貝斯 低音吉他 μπασο""",
    Role.GUITAR: """
        gitaar gitaren gitarr gitarrer kitara kytara гитара гитары электрогитара акустика
        ギター エレキ アコギ アコースティックギター 기타 일렉 통기타 吉他 电吉他 電吉他
        木吉他 גיטרה κιθαρα""",
    Role.KEYS: """
        klavir klawisze pianino fortepian zongora piyano tangenter клавиши пианино рояль
        фортепиано орган родес ピアノ キーボード オルガン エレピ 鍵盤 피아노 건반 오르간
        钢琴 鋼琴 键盘 鍵盤 风琴 פסנתר πιανο""",
    Role.STRINGS: """
        strijkers stråkar strakar strykere smyczki skrzypce wiolonczela струнные скрипка
        скрипки альт виолончель ストリングス バイオリン ヴァイオリン チェロ 스트링 현악
        바이올린 弦乐 弦樂 小提琴 大提琴""",
    Role.BRASS: """
        koperblazers blåsare blasare trabka puzon духовые труба тромбон саксофон ブラス
        トランペット サックス 브라스 트럼펫 색소폰 铜管 銅管 小号 萨克斯""",
    Role.OTHER: """
        fluit flet флейта кларнет フルート 플루트 长笛 長笛 backingtrack минус""",
    Role.PAD: """
        пэд пэды подклад パッド 패드 铺底""",
    Role.SYNTH: """
        syntetyzator синт синты синтезатор シンセ シンセサイザー 신스 신디 合成器""",
    Role.FX: """
        effekter efekty efekt эффект эффекты шум 効果音 効果 이펙트 효과음 音效 特效""",
    Role.GUIDE: """
        клик метроном クリック ガイド 클릭 가이드 节拍器 節拍器""",
}
