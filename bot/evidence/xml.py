"""Builds a document's XML anew from a list of what may be in it.

Nothing is copied whole: an element is kept, unwrapped or left out by its name; an attribute is kept
if it is on the list and its value has the shape of a number, a colour or a key word; characters are
kept inside elements that show text. An unknown element is left out if nobody can see anything in
it, and stops everything (UNSURE) if somebody can. Refuses document types and entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from lxml import etree

from bot.evidence.kinds import Kind, Stop, Why
from bot.evidence.text import visible

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_SIMPLE: Final = re.compile(
    r"-?\d*\.?\d+(?:%|pt|in|cm|mm|pc|px|em|deg|\*)?|#?[0-9A-Fa-f]{6}|#?[0-9A-Fa-f]{8}"
    r"|[a-z][A-Za-z0-9]{0,31}(?:-[a-z0-9]{1,16}){0,5}|"
)
"""A number with its unit, a colour, or a key word such as `center`, `accent1`, `page-number`."""
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Fate(Enum):
    """What becomes of an element."""

    KEEP = auto()
    UNWRAP = auto()
    """Its children take its place."""
    GONE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What may be in a family of documents; names are `prefix:local`.

    `gone` maps to the word that tells people what is missing, or to nothing worth a word. `shown`
    are elements that a person sees; `texts` those whose characters are kept.
    """

    kind: Kind
    spaces: Mapping[str, str]
    keep: frozenset[str]
    unwrap: frozenset[str]
    gone: Mapping[str, str]
    texts: frozenset[str]
    shown: frozenset[str]
    attributes: frozenset[str]
    unprefixed: str = ""
    """The prefix whose namespace is written without one, as readers are used to."""
    understood: frozenset[str] = frozenset()
    """Prefixes for which the newer of two versions of a drawing is taken."""
    prefixes: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", {uri: p for p, uri in self.spaces.items()})

    def name(self, tag: str) -> str:
        """Return `prefix:local` for `{uri}local`; an unknown namespace has the prefix `?`."""
        uri, _, local = tag.rpartition("}")
        return f"{self.prefixes.get(uri[1:], '?')}:{local}" if uri else local

    def tag(self, name: str) -> str:
        """Return `{uri}local` for `prefix:local`."""
        prefix, colon, local = name.rpartition(":")
        return f"{{{self.spaces[prefix]}}}{local}" if colon else local


def parsed(content: bytes, kind: Kind) -> etree._Element:
    """Return the root. Stops with DAMAGED, or with BOMB if the part declares a document type."""
    if _DECLARED.search(content) or _DECLARED.search(content.replace(b"\0", b"")):
        raise Stop(Why.BOMB, kind=kind)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Stop(Why.DAMAGED, kind=kind) from error
    if root is None:
        raise Stop(Why.DAMAGED, kind=kind)
    return root


def serialised(root: etree._Element) -> bytes:
    """Return the bytes of a part."""
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def is_simple(value: str) -> bool:
    """Say whether an attribute's value is made of numbers, colours and key words only."""
    return len(value) <= 80 and all(_SIMPLE.fullmatch(token) for token in value.split(" "))


@dataclass(frozen=True, slots=True)
class Notes:
    """What the parts of one document share while they are made anew."""

    removed: set[str] = field(default_factory=set)
    """Words for what was left out."""
    numbers: dict[str, str] = field(default_factory=dict)

    def numbered(self, name: str) -> str:
        """Return what an inner name is called from now on: the same for the same, and nothing else."""
        return self.numbers.setdefault(name, f"s{len(self.numbers) + 1}")


class Rewrite:
    """Makes one part anew. Formats with habits of their own override `fate`, `attribute`, `text`."""

    def __init__(self, words: Vocabulary, notes: Notes) -> None:
        self.words = words
        self.notes = notes

    def made(self, old: etree._Element) -> etree._Element:
        """Return the new root of the part whose old root is given."""
        if self.fate(old) is not Fate.KEEP:
            raise Stop(Why.UNSURE, kind=self.words.kind)
        spaces = {
            None if p == self.words.unprefixed else p: u for p, u in self.words.spaces.items()
        }
        new = etree.Element(old.tag, nsmap=spaces)
        self._fill(new, old)
        etree.cleanup_namespaces(new)
        return new

    def fate(self, old: etree._Element) -> Fate:
        """Return what becomes of the element."""
        name = self.words.name(old.tag)
        if name in self.words.keep:
            return Fate.KEEP
        if name in self.words.unwrap:
            return Fate.UNWRAP
        if name in self.words.gone:
            self.note(self.words.gone[name])
            return Fate.GONE
        return Fate.UNKNOWN

    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Return the value to keep for the attribute `prefix:local`, or None to leave it out."""
        del old
        return value if name in self.words.attributes and is_simple(value) else None

    def text(self, old: etree._Element) -> str:
        """Return the characters to keep at the front of the element."""
        return visible(old.text or "") if self.words.name(old.tag) in self.words.texts else ""

    def tail(self, old: etree._Element) -> str:
        """Return the characters to keep after the element."""
        parent = old.getparent()
        if parent is None or self.words.name(parent.tag) not in self.words.texts:
            return ""
        return visible(old.tail or "")

    def note(self, word: str) -> None:
        """Remember a word for what was left out."""
        if word:
            self.notes.removed.add(word)

    def children(self, old: etree._Element) -> Iterator[etree._Element]:
        """Yield the children; of two versions of a drawing, the one that can be carried over."""
        for child in old:
            if not isinstance(child.tag, str):
                raise Stop(Why.BOMB, kind=self.words.kind)  # an entity
            if child.tag == _MC + "AlternateContent":
                yield from self._version(child)
            else:
                yield child

    def _version(self, both: etree._Element) -> Iterator[etree._Element]:
        for choice in both.findall(_MC + "Choice"):
            if self.words.understood.issuperset((choice.get("Requires") or "?").split()):
                yield from self.children(choice)
                return
        fallbacks = both.findall(_MC + "Fallback")
        if not fallbacks and any(self._is_seen(choice) for choice in both):
            raise Stop(Why.UNSURE, kind=self.words.kind)
        for fallback in fallbacks:
            yield from self.children(fallback)

    def _fill(self, new: etree._Element, old: etree._Element) -> None:
        for tag, value in old.attrib.items():
            kept = self.attribute(old, self.words.name(tag), value)
            if kept is not None:
                new.set(tag, kept)
        text = self.text(old)
        if text:
            _append(new, text)
            if text != text.strip() and "xml" not in self.words.spaces:
                new.set(_XML_SPACE, "preserve")
        self._children(new, old)

    def _children(self, new: etree._Element, old: etree._Element) -> None:
        for child in self.children(old):
            fate = self.fate(child)
            if fate is Fate.KEEP:
                self._fill(etree.SubElement(new, child.tag), child)
            elif fate is Fate.UNWRAP:
                text = self.text(child)
                if text:
                    _append(new, text)
                self._children(new, child)
            elif fate is Fate.UNKNOWN and self._is_seen(child):
                raise Stop(Why.UNSURE, kind=self.words.kind)
            tail = self.tail(child)
            if tail:
                _append(new, tail)

    def _is_seen(self, old: etree._Element) -> bool:
        """Say whether a person could see something of an element that is not on the list."""
        return any(
            isinstance(inner.tag, str)
            and self.words.name(inner.tag) in self.words.shown
            and (self.words.name(inner.tag) not in self.words.texts or (inner.text or "").strip())
            for inner in old.iter()
        )


def _append(new: etree._Element, text: str) -> None:
    if len(new):
        new[-1].tail = (new[-1].tail or "") + text
    else:
        new.text = (new.text or "") + text
