"""Which hidden cells can be computed exactly from what is printed: the rank audit.

Belongs here: elimination modulo a prime over the equations' hidden cells. Does not belong here: what sizes alone give
away (bounds.py, attacker.py), and what is done about it (repair.py).

A hidden cell follows from the printed ones by additions and subtractions exactly if its unit vector lies in the row
space of the equations restricted to the hidden cells; that is, if it is zero in every vector of their null space. So
the audit draws one random vector of the null space and looks for zeros. It works modulo a prime of 31 bits, where
nothing is rounded: a cell that is recoverable comes out as zero unless the prime divides a denominator of its solution,
one that is not comes out as zero with odds of one in two thousand million. Both primes are tried, and a zero under
either counts as recoverable: the doubt falls on the safe side.

Order decides the speed: cells that stand in one equation only, and equations with one cell, are taken off first
(nothing fills in); then the cell with the fewest equations, and among those the shortest.
"""

from __future__ import annotations

import heapq

import numpy as np

from warehouse.disclosure.compiled import njit, types
from warehouse.disclosure.system import Mask, System, restricted

PRIMES = (2_147_483_647, 2_147_483_629)  # the two largest below 2**31: products fit into 64 bits
_INTS = types.int64[::1]


def recoverable(of: System, hidden: Mask, *, seed: int = 0) -> Mask:
    """(cells,) the hidden cells whose values follow exactly from the others by adding and subtracting.

    Args:
        of: cells and equations.
        hidden: (cells,) what readers do not see; includes cells that nobody prints.
        seed: of the random vector.
    """
    row_start, column, sign, which = restricted(of, hidden)
    found = np.zeros(of.cells, np.bool_)
    rng = np.random.default_rng(seed)
    for prime in PRIMES:
        draw = rng.integers(1, prime, len(which))
        vector = np.empty(len(which), np.int64)
        _null_vector(row_start, column, sign % prime, draw, prime, vector)
        found[which[vector == 0]] = True
    return found


@njit(types.int64(types.int64, types.int64), cache=True, nogil=True)
def _inverse(value, prime):  # type: ignore[no-untyped-def]
    """1 / value modulo the prime, by Euclid."""
    a, b, x, y = value, prime, 1, 0
    while b:
        q = a // b
        a, b = b, a - q * b
        x, y = y, x - q * y
    return x % prime


@njit(types.int64(_INTS, _INTS, _INTS, _INTS, types.int64, _INTS), cache=True, nogil=True)
def _null_vector(row_start, column, value, draw, prime, vector):  # type: ignore[no-untyped-def]
    """Writes a vector with equations @ vector = 0 modulo the prime, random where it is free; returns the rank.

    Rows live in a pool and move to its end when they outgrow their place; a column's rows are a linked list in which
    dead entries are skipped. `place` is where each column stands in the row that is being changed.
    """
    rows, columns = len(row_start) - 1, len(draw)
    size = max(2 * len(column), 16)
    pool_column = np.empty(size, np.int64)
    pool_value = np.empty(size, np.int64)
    start = row_start[:-1].copy()
    length = row_start[1:] - row_start[:-1]
    room = length.copy()
    end = len(column)
    pool_column[:end] = column
    pool_value[:end] = value
    alive = length > 0
    count = np.zeros(columns, np.int64)
    head = np.full(columns, -1, np.int64)
    link_row = np.empty(max(2 * end, 16), np.int64)
    link_next = np.empty(max(2 * end, 16), np.int64)
    links = 0
    for row in range(rows - 1, -1, -1):
        for at in range(start[row], start[row] + length[row]):
            c = pool_column[at]
            count[c] += 1
            link_row[links], link_next[links] = row, head[c]
            head[c] = links
            links += 1
    heap = [(count[c], np.int64(c)) for c in range(columns) if count[c] > 0]
    heapq.heapify(heap)
    done = np.zeros(columns, np.bool_)
    place = np.full(columns, -1, np.int64)
    seen = np.full(rows, -1, np.int64)
    pivot_row = np.empty(min(rows, columns) + 1, np.int64)
    pivot_column = np.empty(min(rows, columns) + 1, np.int64)
    rank = 0
    lone = [row for row in range(rows) if length[row] == 1]
    while True:
        chosen_row = -1
        chosen = -1
        while len(lone) > 0 and chosen_row < 0:  # an equation with one cell: the cell is known
            row = lone.pop()
            if alive[row] and length[row] == 1:
                chosen_row, chosen = row, int(pool_column[start[row]])
        while chosen_row < 0 and len(heap) > 0:
            many, c = heapq.heappop(heap)
            if done[c] or many != count[c] or many == 0:
                continue
            chosen = int(c)
            link = head[c]
            while link >= 0:
                row = link_row[link]
                if alive[row] and (chosen_row < 0 or length[row] < length[chosen_row]):
                    for at in range(start[row], start[row] + length[row]):
                        if pool_column[at] == c:
                            chosen_row = row
                            break
                link = link_next[link]
        if chosen_row < 0:
            break
        done[chosen] = True
        alive[chosen_row] = False
        pivot_row[rank], pivot_column[rank] = chosen_row, chosen
        rank += 1
        first, wide = start[chosen_row], length[chosen_row]
        own = 0
        for at in range(first, first + wide):
            c = pool_column[at]
            count[c] -= 1
            if c == chosen:
                own = pool_value[at]
            elif count[c] > 0:
                heapq.heappush(heap, (count[c], c))
        if count[chosen] == 0:
            continue
        scale = prime - _inverse(own, prime)
        link = head[chosen]
        while link >= 0:
            row = link_row[link]
            link = link_next[link]
            if not alive[row] or seen[row] == rank:
                continue
            seen[row] = rank
            at_chosen = -1
            for at in range(start[row], start[row] + length[row]):
                place[pool_column[at]] = at
                if pool_column[at] == chosen:
                    at_chosen = at
            if at_chosen >= 0:
                factor = pool_value[at_chosen] * scale % prime
                if length[row] + wide > room[row]:  # it may outgrow its place
                    need = 2 * (length[row] + wide)
                    if end + need > len(pool_column):
                        more = np.empty(2 * (end + need), np.int64)
                        more[:end] = pool_column[:end]
                        pool_column = more
                        more = np.empty(2 * (end + need), np.int64)
                        more[:end] = pool_value[:end]
                        pool_value = more
                    for k in range(length[row]):
                        pool_column[end + k] = pool_column[start[row] + k]
                        pool_value[end + k] = pool_value[start[row] + k]
                        place[pool_column[end + k]] = end + k
                    start[row], room[row] = end, need
                    end += need
                for at in range(first, first + wide):
                    c = pool_column[at]
                    there = place[c]
                    if there >= start[row] and there < start[row] + length[row] and pool_column[there] == c:
                        pool_value[there] = (pool_value[there] + factor * pool_value[at]) % prime
                    else:
                        there = start[row] + length[row]
                        pool_column[there] = c
                        pool_value[there] = factor * pool_value[at] % prime
                        place[c] = there
                        length[row] += 1
                        count[c] += 1
                        if links == len(link_row):
                            longer = np.empty(2 * links, np.int64)
                            longer[:links] = link_row
                            link_row = longer
                            longer = np.empty(2 * links, np.int64)
                            longer[:links] = link_next
                            link_next = longer
                        link_row[links], link_next[links] = row, head[c]
                        head[c] = links
                        links += 1
                kept = start[row]
                for at in range(start[row], start[row] + length[row]):
                    c = pool_column[at]
                    place[c] = -1
                    if pool_value[at] == 0:
                        count[c] -= 1
                        if count[c] > 0 and not done[c]:
                            heapq.heappush(heap, (count[c], c))
                    else:
                        pool_column[kept], pool_value[kept] = c, pool_value[at]
                        kept += 1
                        if not done[c]:
                            heapq.heappush(heap, (count[c], c))
                length[row] = kept - start[row]
                if length[row] == 0:
                    alive[row] = False
                elif length[row] == 1:
                    lone.append(row)
            else:
                for at in range(start[row], start[row] + length[row]):
                    place[pool_column[at]] = -1
    vector[:] = draw
    for k in range(rank - 1, -1, -1):
        row, c = pivot_row[k], pivot_column[k]
        total, own = 0, 0
        for at in range(start[row], start[row] + length[row]):
            if pool_column[at] == c:
                own = pool_value[at]
            else:
                total = (total + pool_value[at] * vector[pool_column[at]]) % prime
        vector[c] = (prime - total) % prime * _inverse(own, prime) % prime
    return rank
