"""Unpacks what dlib's compress_stream packed: PPM over a range coder.

    data = unpack(packed)

The method is Moffat's PPM (IEEE Transactions on Communications 38(11), 1990) of
order 4 with escapes counted by method D, exclusion of symbols that a longer
context has ruled out, and Shkarin's inheritance of counts.  The tree of contexts
is thrown away when it has 200,000 nodes.  All numbers here belong to the format.
A CRC-32 of the data ends the stream.
"""

import zlib

_END = 256                  # the symbol after the last byte
_ALPHABET = 257
_ORDER = 4
_NODES = 200_000
_MARK_EVERY = 20_000        # symbols; then comes a mark that tells damage early
_MARK, _MARK_TOTAL = 1500, 8000
_TOTAL_MAX = 10_000
_STEP = 8                   # what a symbol gains each time it is seen
_WORD = 0xFFFFFFFF
_DATA_MAX = 1 << 24


class StreamError(Exception):
    """The stream is damaged, or of another kind."""


class _RangeDecoder:
    def __init__(self, data):
        self._data, self._at = data, 4
        self._low, self._high, self._unit = 1, _WORD, 0
        self._target = int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def target(self, total):
        self._unit = (self._high - self._low + 1) // total
        if self._unit == 0:
            raise StreamError("the compressed data is damaged")
        return min(((self._target - self._low) & _WORD) // self._unit, total - 1)

    def take(self, begin, end):
        self._high = (self._low + self._unit * end - 1) & _WORD
        self._low = (self._low + self._unit * begin) & _WORD
        while True:
            if (self._high ^ self._low) & 0xFF000000:
                span = (self._high - self._low) & _WORD
                if span >= 0x10000:
                    return
                middle = ((self._high >> 1) + (self._low >> 1)) & _WORD
                wide = span > 0x1000
                self._high = (middle + (0xFF if wide else 0)) & _WORD
                self._low = (middle - (0xFF if wide else 0)) & _WORD
            else:
                if self._at > len(self._data) + 8:
                    raise StreamError("the compressed data is cut short")
                byte = self._data[self._at] if self._at < len(self._data) else 0
                self._at += 1
                self._target = (self._target << 8 | byte) & _WORD
                self._high = (self._high << 8 | 0xFF) & _WORD
                self._low = (self._low << 8) & _WORD or 1


class _Node:
    """A context; its children are the symbols seen in it, the latest first."""
    __slots__ = ("symbol", "count", "total", "escapes", "children", "shorter")

    def __init__(self):
        self.symbol = self.count = self.total = self.escapes = 0
        self.children, self.shorter = [], None

    def halve(self):
        if self.escapes > 1:
            self.escapes >>= 1
        for child in self.children:
            if child.count > 1:
                child.count >>= 1
        self.total = self.escapes + sum(child.count for child in self.children)


class _Model:
    def __init__(self, coder):
        self._coder = coder
        self._forget()

    def _forget(self):
        self._root = self._current = _Node()
        self._depth, self._nodes = 0, 1

    def _look(self, context, excluded):
        """The child that the stream names in this context, or None for an escape."""
        if excluded:
            total = context.escapes + sum(child.count for child in context.children
                                          if child.symbol not in excluded)
        else:
            total = context.total
        target, end = self._coder.target(total), 0
        for index, child in enumerate(context.children):
            if child.symbol not in excluded:
                end += child.count
                excluded.add(child.symbol)
            if end > target:
                self._coder.take(end - child.count, end)
                child.count += _STEP
                context.total += _STEP
                context.children.insert(0, context.children.pop(index))
                return child
        self._coder.take(end, total)
        return None

    def symbol(self):
        context, depth, excluded, found = self._current, self._depth, set(), None
        fresh = []                          # (new node, the context that it belongs to)
        follows = None                      # (the next context, its depth)
        while True:
            if self._nodes >= _NODES:
                self._forget()
                context, depth, fresh, follows = self._root, 0, [], None
            if context.total > 0:
                if context.total > _TOTAL_MAX:
                    context.halve()
                found = self._look(context, excluded)
            if found is not None:
                if fresh:
                    fresh[-1][0].shorter = found
                if follows is None:
                    follows = ((found, depth + 1) if depth < _ORDER
                               else (found.shorter, depth))
                seen, total = found.count, context.total
                symbol = found.symbol
                break
            node = _Node()
            self._nodes += 1
            if fresh:
                fresh[-1][0].shorter = node
            context.children.append(node)
            fresh.append((node, context))
            if follows is None and depth < _ORDER:
                follows = (node, depth + 1)
            if context is self._root:
                seen, total = _STEP, 2056
                node.shorter = self._root
                symbol = self._coder.target(_ALPHABET)
                self._coder.take(symbol, symbol + 1)
                follows = follows or (self._root, 0)
                break
            context, depth = context.shorter, depth - 1
        self._current, self._depth = follows
        for node, owner in reversed(fresh):
            _inherit(node, owner, symbol, seen, total)
        return symbol


def _inherit(node, owner, symbol, seen, total):
    """The first count of a new symbol, from its count in the shorter context."""
    node.symbol = symbol
    if owner.total:
        others = total - seen + owner.total - 2 * owner.escapes
        node.count = min(owner.total * seen // (others | 1) + 2, 50_000)
        owner.escapes += 4
        owner.total += node.count + 4
    else:
        node.count = 3 + 5 * seen // (total - seen)
        owner.escapes = 4
        owner.total = node.count + 4
    while owner.total > _TOTAL_MAX:
        owner.halve()


def unpack(packed):
    """The bytes that were packed.  StreamError: damaged."""
    if len(packed) < 4:
        raise StreamError("there is no compressed data")
    coder = _RangeDecoder(packed)
    model, data = _Model(coder), bytearray()
    until_mark = _MARK_EVERY
    while True:
        if until_mark == 0:
            if coder.target(_MARK_TOTAL) != _MARK:
                raise StreamError("the compressed data is damaged")
            coder.take(_MARK, _MARK + 1)
            until_mark = _MARK_EVERY
        until_mark -= 1
        symbol = model.symbol()
        if symbol == _END:
            break
        data.append(symbol)
        if len(data) > _DATA_MAX:
            raise StreamError("the compressed data is longer than any detector")
    checksum = 0
    for _ in range(4):
        checksum = checksum << 8 | model.symbol() & 0xFF
    if checksum != zlib.crc32(bytes(data)):
        raise StreamError("the compressed data has another checksum")
    return bytes(data)
