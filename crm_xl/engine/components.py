"""The components of the cost and their items, and how they are recognised in what users type."""

from dataclasses import dataclass
from functools import cache, lru_cache

from crm_xl.data import LANGUAGES, rows, term
from crm_xl.engine.schema import choices, normalise

COMPONENTS = ("licence", "customisation", "maintenance", "training")
OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class SubItem:
    """A component (`key` is blank) or a usual item of one; `never` says that it is not capitalised."""

    component: str
    key: str
    en: str
    zh: str
    words: tuple[str, ...]
    never: bool

    def label(self, language: str) -> str:
        """The name that users see."""
        return self.zh if language == "zh" else self.en


@cache
def _all() -> tuple[SubItem, ...]:
    return tuple(
        SubItem(
            component=row["component"],
            key=row["key"],
            en=row["en"],
            zh=row["zh"],
            words=tuple(normalise(w) for w in (row["en"], row["zh"], *row["aliases"].split("|"))),
            never=row["capitalised"] == "never",
        )
        for row in rows("components")
    )


@cache
def _component_words() -> dict[str, str]:
    return {word: entry.component for entry in _all() if not entry.key for word in (entry.component, *entry.words)}


def component_key(text: str) -> str | None:
    """Return the key of one of the four components, or None for a name that a user made.

    >>> component_key("定制开发"), component_key("Hardware")
    ('customisation', None)
    """
    return _component_words().get(normalise(text))


@lru_cache(maxsize=1024)  # thousands of totals ask for the same few
def meant(text: str, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return which names of a component column a text means, by their places.

    It may be one of the four components, other (all names that users made), such a name, or the label that results
    print for it, in either language.

    >>> meant("Licence", ("软件购买", "Hardware")), meant("other", ("软件购买", "Hardware"))
    ((0,), (1,))
    >>> meant("Other: hardware", ("软件购买", "Hardware")), meant("Travel", ("软件购买", "Hardware"))
    ((1,), ())
    """
    keys = [component_key(name) for name in names]
    word = normalise(text)
    if (key := component_key(text)) or word in choices("other_component"):
        return tuple(i for i, own in enumerate(keys) if own == key)
    labels = (normalise(term("other_named", language, name="")) for language in LANGUAGES)
    typed = {normalise(name): i for i, name in enumerate(names)}
    bare = (word.removeprefix(label).strip() for label in labels)
    return next(((typed[found],) for found in (word, *bare) if found in typed), ())


@cache
def component_label(key: str, language: str) -> str:
    """Return the name of one of the four components."""
    return next(entry.label(language) for entry in _all() if entry.component == key and not entry.key)


@cache
def sub_items(component: str) -> dict[str, SubItem]:
    """Return the usual items of a component by key."""
    return {entry.key: entry for entry in _all() if entry.component == component and entry.key}


@cache
def sub_item_key(component: str, item: str) -> str | None:
    """Return the usual item that a typed item belongs to: the one whose longest word stands in it.

    Of words of the same length the last counts: it follows the name of the product, as in 旗舰版（基础版）.

    >>> sub_item_key("customisation", "Data migration from the old system")
    'migration'
    """
    text = normalise(item)
    words = ((w, entry.key) for entry in sub_items(component).values() for w in entry.words)
    found = [(len(w), text.rindex(w), key) for w, key in words if w in text]
    return max(found)[2] if found else None


@cache
def never_capitalised(component: str, item: str) -> bool:
    """Whether a cost is expensed under every policy: maintenance, training and data conversion.

    Training and data conversion count wherever they are named, in the item or in a component of one's own.

    >>> never_capitalised("customisation", "Training of key users"), never_capitalised("customisation", "API")
    (True, False)
    """
    if component in COMPONENTS and any(e.component == component and not e.key and e.never for e in _all()):
        return True
    text = normalise(item if component in COMPONENTS else f"{component} {item}")
    named = (e for e in _all() if e.never and ((e.component == "training" and not e.key) or e.key == "migration"))
    return any(word in text for entry in named for word in entry.words)
