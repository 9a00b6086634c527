"""The numbers of base/random.c, for golden data that is made up on both sides."""

import math

MASK = (1 << 64) - 1


class Random:
    """xoshiro256** with splitmix64, and normal numbers by Marsaglia's polar method: base/random.c."""

    def __init__(self, seed):
        self.state, self.spare = [], None
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = seed
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
            z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
            self.state.append(z ^ z >> 31)

    def next(self):
        def rotate(x, bits):
            return (x << bits | x >> (64 - bits)) & MASK

        s = self.state
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, bound):
        unfair = (1 << 64) % bound
        while (value := self.next()) < unfair:
            pass
        return value % bound

    def real(self):
        return (self.next() >> 11) * 2.0 ** -53

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            x, y = 2 * self.real() - 1, 2 * self.real() - 1
            squared = x * x + y * y
            if 0 < squared < 1:
                break
        scale = math.sqrt(-2 * math.log(squared) / squared)
        self.spare = y * scale
        return x * scale
