/*
 * Stages of a cascade over the windows of one vector. cascade_lanes.h includes this for each width that it
 * works with; V(name) is the name of a type or function of that width.
 *
 * Sums of leaves are floats here; where one is so near to the threshold that rounding could decide, the
 * window is judged again in doubles, so that the answer is the scalar one.
 */
#define WORDS V(words)
#define INTS V(ints)
#define FLOATS V(floats)

static inline WORDS V(load)(const uint32_t *at)
{
    WORDS v;
    memcpy(&v, at, sizeof v);
    return v;
}

static inline FLOATS V(load_floats)(const float *at)
{
    FLOATS v;
    memcpy(&v, at, sizeof v);
    return v;
}

static inline FLOATS V(all)(float value)
{
    return value - (FLOATS){0};
}

static inline FLOATS V(rect_sum)(const uint32_t *at, const int32_t corner[4])
{
    WORDS
    v = V(load)(at + corner[0]) - V(load)(at + corner[1]) - V(load)(at + corner[2]) +
        V(load)(at + corner[3]);
    return __builtin_convertvector((INTS)v, FLOATS);
}

static inline INTS V(haar_left)(const struct cascade_node *node, const uint32_t *at, FLOATS norm)
{
    FLOATS
    value = node->weight[0] * V(rect_sum)(at, node->corner) +
            node->weight[1] * V(rect_sum)(at, node->corner + 4);
    if (node->weight[2] != 0)
        value += node->weight[2] * V(rect_sum)(at, node->corner + 8);
    return value * norm < V(all)(node->threshold);
}

static inline INTS V(lbp_left)(const struct cascade_node *node, const uint32_t *at)
{
    WORDS grid[16];
    for (int i = 0; i < 16; i++)
        grid[i] = V(load)(at + node->corner[i]);
#define CELL(i) ((INTS)(grid[i] - grid[i + 1] - grid[i + 4] + grid[i + 5]))
    INTS middle = CELL(5);
    INTS pattern = ((CELL(0) >= middle) & 128) | ((CELL(1) >= middle) & 64) |
                   ((CELL(2) >= middle) & 32) | ((CELL(6) >= middle) & 16) |
                   ((CELL(10) >= middle) & 8) | ((CELL(9) >= middle) & 4) |
                   ((CELL(8) >= middle) & 2) | ((CELL(4) >= middle) & 1);
#undef CELL
    return V(subset)(node->subset, (WORDS)pattern);
}

/* yes where the mask is set. */
static inline FLOATS V(choose)(INTS mask, FLOATS yes, FLOATS no)
{
    return (FLOATS)((INTS)no ^ (((INTS)yes ^ (INTS)no) & mask));
}

static inline INTS V(left)(const struct cascade_node *node, const uint32_t *at, FLOATS norm,
                           bool lbp)
{
    return lbp ? V(lbp_left)(node, at) : V(haar_left)(node, at, norm);
}

static inline FLOATS V(stump)(const struct cascade_node *node, const uint32_t *at, FLOATS norm,
                              bool lbp)
{
    return V(choose)(V(left)(node, at, norm, lbp), V(all)(node->leaf[0]), V(all)(node->leaf[1]));
}

/* Two nodes: the first has one leaf, the second two. */
static inline FLOATS V(pair)(const struct cascade_node *tree, const uint32_t *at, FLOATS norm,
                             bool lbp)
{
    INTS left = V(left)(tree, at, norm, lbp);
    FLOATS second = V(stump)(tree + 1, at, norm, lbp);
    return tree->child[0] ? V(choose)(left, second, V(all)(tree->leaf[1]))
                          : V(choose)(left, V(all)(tree->leaf[0]), second);
}

/* Any tree: all nodes are looked at, each lane counts those on its way. */
static inline FLOATS V(tree)(const struct cascade_node *tree, const uint32_t *at, FLOATS norm,
                             bool lbp)
{
    INTS way[CASCADE_TREE_MAX] = {0};
    FLOATS leaves = {0};
    way[0] = ~(INTS){0};
    for (size_t i = 0; i < tree->nodes; i++) {
        const struct cascade_node *node = tree + i;
        INTS left = V(left)(node, at, norm, lbp);
        for (int side = 0; side < 2; side++) {
            INTS mask = way[i] & (side ? ~left : left);
            if (node->child[side])
                way[node->child[side]] |= mask;
            else
                leaves += (FLOATS)(mask & (INTS)V(all)(node->leaf[side]));
        }
    }
    return leaves;
}

static inline __attribute__((always_inline)) FLOATS V(sum)(const struct cascade_node *tree,
                                                           const struct cascade_node *end,
                                                           const uint32_t *at, FLOATS norm,
                                                           bool lbp)
{
    FLOATS total = {0};
    for (; tree < end; tree += tree->nodes)
        total += tree->nodes == 1 ? V(stump)(tree, at, norm, lbp)
                 : tree->nodes == 2 && !(tree->child[0] && tree->child[1]) &&
                         (tree->child[0] || tree->child[1])
                     ? V(pair)(tree, at, norm, lbp)
                     : V(tree)(tree, at, norm, lbp);
    return total;
}

/* Apart from their callers, so that `at` stays in one register. */
static __attribute__((noinline)) FLOATS V(haar_sum)(const struct cascade_node *tree,
                                                    const struct cascade_node *end,
                                                    const uint32_t *at, FLOATS norm)
{
    return V(sum)(tree, end, at, norm, false);
}

static __attribute__((noinline)) FLOATS
V(lbp_sum)(const struct cascade_node *tree, const struct cascade_node *end, const uint32_t *at)
{
    return V(sum)(tree, end, at, V(all)(1), true);
}

static inline uint32_t V(stage_bits)(const struct cascade_row *row,
                                     const struct cascade_stage *stage, size_t i, uint32_t alive)
{
    const struct cascade_program *program = row->program;
    const struct cascade_node *first = program->nodes + stage->first;
    const struct cascade_node *end = program->nodes + stage->end;
    FLOATS total = program->lbp
                       ? V(lbp_sum)(first, end, row->at + i)
                       : V(haar_sum)(first, end, row->at + i, V(load_floats)(row->norm + i));
    FLOATS over = total - V(all)(stage->threshold);
    uint32_t passed = V(bits)(over >= V(all)(0)) & alive;
    uint32_t near =
        V(bits)((over <= V(all)(stage->doubt)) & (over >= V(all)(-stage->doubt))) & alive;
    for (; near; near &= near - 1) {
        uint32_t bit = near & -near;
        size_t at = i + (size_t)__builtin_ctz(near);
        if (window_passes(program, stage, row->at + at, program->lbp ? 1 : row->norm[at]))
            passed |= bit;
        else
            passed &= ~bit;
    }
    return passed;
}

#undef WORDS
#undef INTS
#undef FLOATS
