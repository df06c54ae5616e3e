"""XML of measurements, parsed without the tricks that XML allows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError  # the exception only; the parser is defusedxml's

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from pipeline.core.arrays import FloatArray
from pipeline.core.errors import RawDataError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def parse_xml(data: bytes, source_file: str) -> Element:
    """Parse a whole XML document.

    A document type, an entity of its own or anything fetched from elsewhere is refused: no
    diffractometer writes them, and a few lines of them can fill the memory or read other files.

    Args:
        data: the bytes of the document, in the encoding that it declares.
        source_file: for messages; of a member of an archive, `file: member`.

    Returns:
        The root element.

    Raises:
        RawDataError: the document declares entities or a document type, or is no XML.
    """
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise RawDataError(
            f"{source_file}: the XML declares a document type or entities "
            f"({type(error).__name__}). No instrument writes them and they can harm the computer, "
            "so the file is not read. Export the measurement again."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise RawDataError(
            f"{source_file}: this XML cannot be parsed ({error}). The file is damaged or was cut "
            "short; copy it again from the instrument."
        ) from error
    return root


def local_name(element: Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """Children of a name, in any namespace."""
    return [child for child in element if local_name(child) == name]


def descend(element: Element, *names: str) -> Element | None:
    """First element down a path of names, in any namespace, or None."""
    found: Element | None = element
    for name in names:
        if found is None:
            return None
        found = next(iter(children(found, name)), None)
    return found


def every(element: Element, name: str) -> Iterator[Element]:
    """Every descendant of a name, in any namespace, in the document's order."""
    return (found for found in element.iter() if local_name(found) == name)


def text_of(element: Element | None) -> str:
    """Text of an element without blanks around it; '' of None."""
    return "" if element is None else (element.text or "").strip()


def number_of(element: Element | None, source_file: str) -> float:
    """Number that an element holds, or NaN where it is missing or empty.

    Raises:
        RawDataError: it holds something else.
    """
    text = text_of(element)
    if element is None or not text:
        return math.nan
    try:
        return float(text)
    except ValueError as error:
        raise RawDataError(
            f"{source_file}: <{local_name(element)}> is '{text}', no number. The file was changed "
            "by hand or damaged; export it again."
        ) from error


def numbers_of(element: Element | None, source_file: str) -> FloatArray:
    """Numbers that an element lists, between blanks `(n,)`; none where it is missing or empty.

    Raises:
        RawDataError: one of them is no number.
    """
    words = text_of(element).split()
    try:
        return np.array(words, dtype=np.float64)
    except ValueError as error:
        name = "" if element is None else local_name(element)
        raise RawDataError(
            f"{source_file}: <{name}> holds something else than numbers ({error}). "
            "The file was changed by hand or damaged; export it again."
        ) from error
