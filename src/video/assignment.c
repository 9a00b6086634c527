/*
 * Behind the columns as many others are thought as there are rows, which cost `leave` each: whoever is paired with
 * one of them is left alone.
 */
#include "video/assignment.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define SIDE_MAX 1000 /* of tracks or faces in a frame, with room; the matrix is 8 MB then */

/* With its column 0 in front, which is where a search starts from. */
static size_t side_of(size_t rows, size_t columns)
{
    return 1 + rows + columns;
}

vultus_status assignment_begin(struct assignment *assignment, size_t rows, size_t columns,
                               vultus_error *error)
{
    size_t side = side_of(rows, columns);
    if (rows > SIDE_MAX || columns > SIDE_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "over %d faces to follow", SIDE_MAX);
    if (side > assignment->room) {
        double *cost = mem_array(side * side / 4 + 1, sizeof *cost);
        double *numbers = mem_array(3 * side, sizeof *numbers);
        size_t *places = mem_array(4 * side, sizeof *places);
        if (!cost || !numbers || !places) {
            mem_free(cost);
            mem_free(numbers);
            mem_free(places);
            return status_memory(error, "following faces");
        }
        assignment_clear(assignment);
        *assignment = (struct assignment){.cost = cost,
                                          .chosen = places + 3 * side,
                                          .room = side,
                                          .numbers = numbers,
                                          .places = places};
    }
    assignment->rows = rows;
    assignment->columns = columns;
    return VULTUS_OK;
}

struct search { /* index 0 of each is the start */
    const struct assignment *assignment;
    size_t side;
    double *row_price, *column_price, *least;
    size_t *row_of, *way, *done;
};

static double cost_of(const struct search *search, size_t row, size_t column)
{
    const struct assignment *assignment = search->assignment;
    return column > assignment->columns
               ? assignment->leave
               : assignment->cost[(row - 1) * assignment->columns + column - 1];
}

/* The cheapest column that is not done, after the row of `from` was looked at. */
static size_t look(struct search *search, size_t from)
{
    size_t row = search->row_of[from], best = 0;
    double step = INFINITY;
    for (size_t column = 1; column < search->side; column++) {
        if (search->done[column])
            continue;
        double cost =
            cost_of(search, row, column) - search->row_price[row] - search->column_price[column];
        if (cost < search->least[column]) {
            search->least[column] = cost;
            search->way[column] = from;
        }
        if (search->least[column] < step) {
            step = search->least[column];
            best = column;
        }
    }
    for (size_t column = 0; column < search->side; column++) {
        if (search->done[column]) {
            search->row_price[search->row_of[column]] += step;
            search->column_price[column] -= step;
        } else {
            search->least[column] -= step;
        }
    }
    return best;
}

static void place(struct search *search, size_t row)
{
    size_t column = 0;
    for (size_t i = 0; i < search->side; i++) {
        search->least[i] = INFINITY;
        search->done[i] = 0;
    }
    search->row_of[0] = row;
    do {
        search->done[column] = 1;
        column = look(search, column);
    } while (search->row_of[column]);
    while (column) {
        size_t before = search->way[column];
        search->row_of[column] = search->row_of[before];
        column = before;
    }
}

void assignment_solve(struct assignment *assignment)
{
    size_t side = side_of(assignment->rows, assignment->columns), room = assignment->room;
    double *numbers = assignment->numbers;
    size_t *places = assignment->places;
    struct search search = {assignment,         side,   numbers,       numbers + room,
                            numbers + 2 * room, places, places + room, places + 2 * room};
    for (size_t i = 0; i < side; i++) {
        search.row_price[i] = search.column_price[i] = 0;
        search.row_of[i] = 0;
    }
    for (size_t row = 1; row <= assignment->rows; row++)
        place(&search, row);
    for (size_t row = 0; row < assignment->rows; row++)
        assignment->chosen[row] = ASSIGNMENT_NONE;
    for (size_t column = 1; column <= assignment->columns; column++)
        if (search.row_of[column])
            assignment->chosen[search.row_of[column] - 1] = column - 1;
}

void assignment_clear(struct assignment *assignment)
{
    mem_free(assignment->cost);
    mem_free(assignment->numbers);
    mem_free(assignment->places);
    *assignment = (struct assignment){0};
}
