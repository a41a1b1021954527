"""The formulas of every figure of a name, each with an explanation in words and its source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from widgets.formula import FINRA_RULE_4560, OUR_OWN_CHOICE, S3_DEFINITION, Formula

LETTERS: Final = (
    ("Q", "shares short"),
    ("P", "price, US dollars a share"),
    ("N", "shares outstanding"),
    ("F", "public float, shares"),
    ("V", "average daily volume, shares"),
)
"""The letters of the formulas. Q, P, N, F and V of a name stand on one split basis."""


_POSITION: Final = {
    "shares_short": Formula(
        title="Shares short",
        formula="linear:  Q(t) = Q(s) + (Q(e) − Q(s)) · (t − s) / (e − s)\nstep:    Q(t) = Q(s)",
        words="Known on settlement days only, twice a month. On every other day it is an estimate: a straight "
        "line to the next settlement, or the last settlement's figure held. Restated for splits.",
        short="Q",
        source=FINRA_RULE_4560,
    ),
    "short_interest": Formula(
        title="Short interest in dollars",
        formula="SI = Q · P",
        words="What all shares sold short are worth at the last price. It moves with the price even when nobody "
        "trades.",
        short="Q·P",
        source=S3_DEFINITION,
    ),
    "price": Formula(
        title="Price",
        formula="P = the session's last price",
        words="Closes on today's split basis, not adjusted for dividends. A name without a new price keeps its "
        "last one, and says from which day it is.",
        short="P",
    ),
    "short_float_ratio": Formula(
        title="Short interest as a share of the float",
        formula="Q / F",
        words="The conventional measure. It may exceed 100 %: a share lent twice is short twice. The float has a "
        "date of its own, printed beside it; a float older than 200 days is not used.",
        short="Q/F",
    ),
    "short_tradable_ratio": Formula(
        title="Short interest as a share of the tradable float",
        formula="Q / (F + Q)",
        words="Selling short makes shares that somebody else holds, so they are added to the float. Never above 100 %.",
        short="Q/(F+Q)",
        source=S3_DEFINITION,
    ),
    "short_outstanding_ratio": Formula(
        title="Short interest as a share of shares outstanding",
        formula="Q / N",
        words="What can be said where no float is known. Lower than a share of the float, and not to be compared "
        "with it.",
        short="Q/N",
    ),
    "days_to_cover": Formula(
        title="Days to cover",
        formula="Q / V",
        words="How many sessions of ordinary volume it takes to buy all of it back. V is our own mean of the last"
        " 20 sessions. Where fewer than 10 of them are known it is FINRA's mean of the cycle, marked c: do not"
        " compare the two. FINRA's printed quotient stops at 1.00 below and 999.99 above, so it is never used.",
        short="Q/V",
        source=OUR_OWN_CHOICE,
    ),
    "market_cap": Formula(
        title="Market capitalisation",
        formula="N · P",
        words="Decides the tier. Printed share counts lag splits and are plainly wrong on single days; they are "
        "restated and repaired against their neighbours first.",
        short="N·P",
    ),
}

_FLOW: Final = {
    "new_short_30d": Formula(
        title="New short dollars, 30 days",
        formula="Σ (Q(t) − Q(t−1)) · P(t)   over 30 calendar days",
        words="Above zero is shorting, below is covering, each day at its own price. Price moves of shares "
        "already short are not in it: those are P&L.",
        short="Σ ΔQ·P",
        source=S3_DEFINITION,
    ),
    "new_short_prior_30d": Formula(
        title="New short dollars, the 30 days before",
        formula="Σ (Q(t) − Q(t−1)) · P(t)   over the 30 calendar days before those",
        words="The same sum one step earlier, to tell whether shorting speeds up or slows down.",
        short="Σ ΔQ·P",
    ),
    "new_short": Formula(
        title="New short dollars in the window",
        formula="Σ (Q(t) − Q(t−1)) · P(t)   over the window",
        words="One of the two terms that move short interest; the other is P&L: SI(end) − SI(start) = new − P&L. "
        "Unknown of a position that was short before its first close here: what turned up is not new.",
        short="Σ ΔQ·P",
        source=S3_DEFINITION,
    ),
}

_PROFIT: Final = {
    "profit": Formula(
        title="Short P&L, mark to market",
        formula="Σ −Q(t−1) · (P(t) − P(t−1))   over the window",
        words="What those who were short made (+) or lost (−) on paper: gross, price only. Borrow fees and "
        "dividends owed are not in it.",
        short="Σ −Q·ΔP",
        source=S3_DEFINITION,
    ),
    "profit_low": Formula(
        title="Least P&L the settlements allow",
        formula="min over one-way paths:  Q(s)·(P0 − PT) + (Q(e) − Q(s))·(P − PT)",
        words="Between two settlements nobody knows when shares changed hands. If they moved one way only, P&L of"
        " that half-month lies between two bounds; this is the sum of the lower ones.",
        short="band",
        source=OUR_OWN_CHOICE,
    ),
    "profit_high": Formula(
        title="Most P&L the settlements allow",
        formula="max over one-way paths:  Q(s)·(P0 − PT) + (Q(e) − Q(s))·(P − PT)",
        words="The sum of the upper bounds; see the lower one. A wide band says that the figure rests on the "
        "estimate of days between settlements.",
        short="band",
        source=OUR_OWN_CHOICE,
    ),
    "profit_ratio": Formula(
        title="P&L in per cent",
        formula="Σ P&L / mean of SI over the window",
        words="Dollars are added first and divided last; percentages of names or days are never added. It may "
        "exceed +100 %: First Republic's shorts made +839.96 % in 2023.",
        short="P&L/avg SI",
        source=S3_DEFINITION,
    ),
    "profit_today": Formula(
        title="P&L of the last session",
        formula="−Q(t−1) · (P(t) − P(t−1))",
        words="While the session runs it moves with every quote. Unknown while the session before lacks its closes.",
        short="−Q·ΔP",
        source=S3_DEFINITION,
    ),
}

_SCORES: Final = {
    "crowding": Formula(
        title="Crowding score, 0 to 100",
        formula="10 · mean of the known factors, each 0 to 10",
        words="How a name stands among all stocks held short, by percentile: dollars at risk, share of the float,"
        " tightness of the stock loan, days to cover. A factor without data drops out and the others share "
        "its weight. Not S3's score, which is unpublished.",
        short="mean×10",
        source="our own: shortside-crowding/1",
    ),
    "dollars_at_risk": Formula(
        title="Factor: dollars at risk",
        formula="10 · percentile of SI among stocks held short",
        words="How much money is short, against all other names.",
        short="pct SI $",
    ),
    "share_of_float": Formula(
        title="Factor: share of float",
        formula="10 · percentile of Q / F, or of Q / N without a float",
        words="How much of the company is sold short, against all other names.",
        short="pct Q/F",
    ),
    "stock_loan": Formula(
        title="Factor: stock loan",
        formula="10 · mean of the percentiles of the fee and of scarcity (Q over shares available)",
        words="Dear and scarce is tight. Without stock-loan data this factor drops out.",
        short="pct fee",
    ),
    "illiquidity": Formula(
        title="Factor: illiquidity",
        formula="10 · percentile of Q / V",
        words="How long the way out is, against all other names.",
        short="pct DTC",
    ),
    "squeeze": Formula(
        title="Squeeze score, 0 to 100",
        formula="½ crowding + ¼ percentile of the fee + ¼ percentile of the 30-day loss",
        words="Crowding, what it costs to stay, and what it has just cost. From 70 a squeeze is possible, from 90"
        " likely as such things go. A missing part drops out.",
        short="½¼¼",
        source=OUR_OWN_CHOICE,
    ),
    "net_profit": Formula(
        title="P&L net of borrow",
        formula="Σ Q_{t−1} · (P_{t−1} − P_t) − Σ Q_{t−1} · P_{t−1} · fee_{t−1} · days / 360",
        words="Both sums are over the days of the window whose fee one broker's list told, indicative; the others are "
        "in neither, so that it is of those days alone, and unknown where there is none. The fees are read once "
        "somebody wants them. What part of the dollar-days they cover stands in `snapshot names` and under `C`.",
        short="P&L − paid",
        source=OUR_OWN_CHOICE,
    ),
    "squeeze_probability": Formula(
        title="P(squeeze) in 21 sessions",
        formula="1 / (1 + exp(−log odds)),  log odds = start + Σ parts + recalibration",
        words="A close more than 25 % up within 21 sessions of a publication, and more than a tenth of the shares "
        "short covered by the second one after it. Logistic in normal scores of the factors among the names of the "
        "evening; each part is in log odds. It is made once of a market, and ticks leave it alone. Its record: "
        "`snapshot evidence`.",
        short="of 21 d",
        source="docs/evidence.md, fitted walk forward",
    ),
}

_BORROW: Final = {
    "borrow_fee": Formula(
        title="Borrow fee",
        formula="indicative, per cent a year;  a day costs  SI · fee / 360",
        words="What a lender asks, at the look whose day is printed. It is not in P&L, which is gross.",
        short="a year",
        source="the broker's list of shortable stock",
    ),
    "borrow_available": Formula(
        title="Shares left to borrow",
        formula="as printed;  > marks a lower bound",
        words="One broker's inventory, not the market's. The source stops counting at ten million and prints “more”.",
        short="shares",
        source="the broker's list of shortable stock",
    ),
    "borrow_easy": Formula(
        title="Lent by",
        formula="easy, hard, or not lent",
        words="A second broker's word on whether it lends the name, asked once a day with the reader's own key. It "
        "names no fee and takes no part in the score.",
        short="a broker's flag",
        source="Alpaca's list of assets",
    ),
    "on_threshold_list": Formula(
        title="Threshold list",
        formula="fails to deliver of 10,000 shares and 0.5 % of N or more, five settlement days running",
        words="Its exchange's list of the session whose day is printed. A short that has not been delivered for "
        "thirteen settlement days must be bought in, whatever the price. Where no list of its exchange was read "
        "nothing is said, which is not the same as no.",
        short="Reg SHO",
        source="Regulation SHO, Rule 203(b)(3) and (c)(6); the lists of FINRA, Nasdaq, NYSE and Cboe",
    ),
}

_SOLD_SHORT: Final = {
    "short_volume_ratio": Formula(
        title="Sold short off exchange, last session",
        formula="shares sold short / shares traded, as FINRA's facilities saw them",
        words="Not short interest: market makers sell short to fill buyers and cover within minutes, so 40 to 50 % is "
        "usual of a name nobody bets against. About half of all trading is off exchange; the rest is not in it.",
        short="of volume",
        source="FINRA's daily short sale volume files, and its Query API",
    ),
    "short_volume_mean": Formula(
        title="Sold short off exchange, 20 sessions",
        formula="Σ shares sold short / Σ shares traded, over the last 20 sessions known",
        words="What is usual for the name. Nothing is said where fewer than five sessions are known.",
        short="mean",
        source="FINRA's daily short sale volume files, and its Query API",
    ),
    "short_volume_rank": Formula(
        title="Rank of the last session in a year",
        formula="part of the year's sessions of which less was sold short",
        words="Only a name's own change says anything: 90 % is a session with more selling short than nine in ten of "
        "its own. Nothing is said where fewer than twenty sessions are known.",
        short="below",
        source=OUR_OWN_CHOICE,
    ),
}

FORMULAS: Final[Mapping[str, Formula]] = MappingProxyType(
    {**_POSITION, **_FLOW, **_PROFIT, **_SCORES, **_BORROW, **_SOLD_SHORT}
)
"""The formulas of the figures on the screen of one name, by key. A panel's formula is in the panel's file."""

_ASCII: Final = str.maketrans(
    {
        "−": "-",
        "·": "*",
        "×": "x",
        "Σ": "sum ",
        "Δ": "d",
        "→": "to",
        "½": "1/2 ",
        "¼": "1/4 ",
        "±": "+/-",
        "†": "x",
        "‡": "!",
    }
    | dict.fromkeys("“”", '"')
)


def ascii_words(words: str) -> str:
    """Words with their special signs spelled out, for a terminal that knows nothing but ASCII."""
    return words.translate(_ASCII)
