/* Rows for people (a table in columns) or for programs (CSV), cell by cell. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "options.h"

enum column_side { COLUMN_BOTH = 0, COLUMN_TABLE, COLUMN_CSV };

struct column {
    const char *key;       /* CSV's header; the table has it in capitals */
    enum column_side side; /* where it appears */
    bool right;            /* the table aligns it right */
    size_t width;          /* the least; the table may grow it before the first row */
};

struct table {
    struct column *columns;
    size_t count;
    enum format format; /* FORMAT_JSON: every call is ignored */
    size_t next;        /* the cell that comes */
    size_t pad;         /* columns owed to the one before */
    bool begun, line;
};

/* Makes room for a text, while no row is written. */
void column_fit(struct column *column, const char *text);

/* Cells, from the first column to the last. An empty text and a NaN are "-" in the table. */
void table_text(struct table *table, const char *text);
void table_number(struct table *table, double value, int digits, int csv_digits);
/* A rate such as 1.2e-05. */
void table_rate(struct table *table, double value);
void table_whole(struct table *table, long long value);
void table_end(struct table *table);
/* The header, where no row has brought it. */
void table_finish(struct table *table);

#endif
