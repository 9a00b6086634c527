/* Which number of which output belongs to which place of the picture; see anchors.h. */
#include "face/anchors.h"

#define STRIDE_FINEST 8

bool anchors_table(const struct session_result *result, size_t output, struct anchors_table *out)
{
    const struct session_shape *shape = &result->shapes[output];
    if (shape->rank == 2)
        *out = (struct anchors_table){result->data[output], (size_t)shape->sizes[0],
                                      (size_t)shape->sizes[1]};
    else if (shape->rank == 3 && shape->sizes[0] == 1)
        *out = (struct anchors_table){result->data[output], (size_t)shape->sizes[1],
                                      (size_t)shape->sizes[2]};
    else
        return false;
    return true;
}

/* The tables of one width, those with more rows first, else in the order of the outputs. */
static size_t collect(const struct session_result *result, size_t width,
                      struct anchors_table out[SESSION_OUTPUTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < result->count; i++) {
        struct anchors_table table;
        if (!anchors_table(result, i, &table) || table.columns != width)
            continue;
        size_t place = count++;
        for (; place && out[place - 1].rows < table.rows; place--)
            out[place] = out[place - 1];
        out[place] = table;
    }
    return count;
}

static uint32_t cells(uint32_t side, uint32_t stride)
{
    return (side + stride - 1) / stride;
}

/* Puts the tables of a role into the grids; a cell has the same number of anchors in all of them. */
static bool place_role(const struct session_result *result, const size_t *widths, size_t roles,
                       size_t role, struct anchors *out)
{
    struct anchors_table tables[SESSION_OUTPUTS_MAX];
    size_t count = collect(result, widths[role], tables), twins = 0, own = 0;
    for (size_t i = 0; i < roles; i++) {
        own += i < role && widths[i] == widths[role];
        twins += widths[i] == widths[role];
    }
    if (count != out->count * twins)
        return false;
    for (size_t i = 0; i < out->count; i++) {
        struct anchors_grid *grid = &out->grids[i];
        const struct anchors_table *table = &tables[i * twins + own];
        size_t places = (size_t)grid->columns * grid->rows;
        if (!out->each)
            out->each = table->rows / places;
        if (!out->each || table->rows != places * out->each)
            return false;
        grid->data[role] = table->data;
    }
    return true;
}

bool anchors_sort(const struct session_result *result, const size_t *widths, size_t roles,
                  uint32_t width, uint32_t height, struct anchors *out)
{
    *out = (struct anchors){.count = result->count / roles};
    if (out->count * roles != result->count || (out->count != 3 && out->count != 5))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        uint32_t stride = STRIDE_FINEST << i;
        out->grids[i] = (struct anchors_grid){
            .stride = stride, .columns = cells(width, stride), .rows = cells(height, stride)};
    }
    for (size_t role = 0; role < roles; role++)
        if (!place_role(result, widths, roles, role, out))
            return false;
    return true;
}

/* ------------------------------------------------------------------ priors */

static uint32_t prior_cells(const struct priors *priors, uint32_t side, uint32_t stride)
{
    return priors->whole_cells ? side / stride : cells(side, stride);
}

size_t priors_count(const struct priors *priors, uint32_t width, uint32_t height)
{
    size_t count = 0;
    for (size_t i = 0; i < priors->count; i++) {
        const struct priors_grid *grid = &priors->grids[i];
        count += (size_t)prior_cells(priors, width, grid->stride) *
                 prior_cells(priors, height, grid->stride) * grid->each;
    }
    return count;
}

struct prior priors_at(const struct priors *priors, uint32_t width, uint32_t height, size_t index)
{
    const struct priors_grid *grid = priors->grids;
    size_t columns = prior_cells(priors, width, grid->stride);
    for (;; grid++) {
        columns = prior_cells(priors, width, grid->stride);
        size_t count = columns * prior_cells(priors, height, grid->stride) * grid->each;
        if (index < count)
            break;
        index -= count;
    }
    size_t cell = index / grid->each;
    float stride = (float)grid->stride;
    return (struct prior){((float)(cell % columns) + 0.5f) * stride,
                          ((float)(cell / columns) + 0.5f) * stride,
                          grid->sides[index % grid->each]};
}
