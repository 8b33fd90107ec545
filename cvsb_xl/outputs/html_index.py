"""What the page's script needs to count again: facts, counts and places as small numbers."""

from __future__ import annotations

from cvsb_xl.papers.page import Count, Fact, Page, Place


class Index:
    """Numbers the reviews, agencies, areas, marks and counts of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._reviews = {key: number for number, (key, _) in enumerate(page.reviews)}
        self._agencies = {code: number for number, (code, _) in enumerate(page.agencies)}
        self._areas = {area: number for number, area in enumerate(page.areas)}
        self._words: dict[str, int] = {}
        self._counts: dict[Count, int] = {}

    def count(self, count: Count) -> str:
        """Return the attribute of an element that shows a count."""
        return f'data-n="{self._counts.setdefault(count, len(self._counts))}"'

    def place(self, place: Place) -> str:
        """Return the attributes by which a row is filtered, each with a blank before it."""
        review, agencies, areas = self._numbers(place)
        found = "" if review is None else f' data-r="{review}"'
        found += "" if agencies is None else f' data-a="{" ".join(map(str, agencies))}"'
        return found + ("" if areas is None else f' data-s="{" ".join(map(str, areas))}"')

    def data(self) -> dict[str, object]:
        """Return what the script reads; to be called once every count of the page is written.

        counts: [kind, [marks], review or -1]; facts: [kind, [marks], review or null, [agencies] or null, [areas] or null, how many].
        """
        counts = [
            [self._word(count.kind), [self._word(mark) for mark in count.marks], -1 if count.review is None else self._reviews.get(count.review, -2)]
            for count in self._counts
        ]  # fmt: skip
        used = {mark for count in self._counts for mark in count.marks}
        tally: dict[Fact, int] = {}
        for fact, number in self._page.tally.items():
            plain = Fact(fact.kind, fact.marks & used, fact.place)
            tally[plain] = tally.get(plain, 0) + number
        facts = [
            [
                self._word(fact.kind),
                sorted(self._word(mark) for mark in fact.marks),
                *self._numbers(fact.place),
                number,
            ]
            for fact, number in tally.items()
        ]
        return {"counts": counts, "facts": facts}

    def _word(self, word: str) -> int:
        return self._words.setdefault(word, len(self._words))

    def _numbers(self, place: Place) -> tuple[int | None, list[int] | None, list[int] | None]:
        return (
            None if place.review is None else self._reviews.get(place.review, -1),
            None
            if place.agencies is None
            else [self._agencies[code] for code in place.agencies if code in self._agencies],
            None
            if place.areas is None
            else [self._areas[area] for area in place.areas if area in self._areas],
        )
