/* Reports as JSON and as CSV, and CSV files of what they are made of. A report's CSV is made of the JSON, so that both always say the same. */
#include "measures.h"
#include "base/file.h"
#include "cli_session.h"
#include "command.h"
#include "table.h"

#include <math.h>
#include <stdio.h>

#define PATH_SIZE 128 /* of a measure: keys are the program's own, and short */

static void put_value(struct table *table, const char *path, const json_t *value)
{
    char deeper[PATH_SIZE];
    const char *key;
    json_t *each;
    size_t index;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, each)
        {
            snprintf(deeper, sizeof deeper, "%s%s%s", path, *path ? "." : "", key);
            put_value(table, deeper, each);
        }
        return;
    }
    json_array_foreach(value, index, each)
    {
        snprintf(deeper, sizeof deeper, "%s.%zu", path, index);
        put_value(table, deeper, each);
    }
    if (json_is_array(value))
        return;
    table_text(table, path);
    if (json_is_string(value))
        table_text(table, json_string_value(value));
    else if (json_is_integer(value))
        table_whole(table, json_integer_value(value));
    else
        table_number(table, json_is_real(value) ? json_real_value(value) : (double)NAN, 0,
                     JSON_DIGITS);
    table_end(table);
}

int measures_put(json_t *value, enum format format)
{
    static struct column columns[] = {{.key = "measure"}, {.key = "value"}};
    struct table table = {.columns = columns, .count = 2, .format = FORMAT_CSV};
    if (format == FORMAT_JSON || !value) /* without memory for it, json_line says so */
        return json_line(stdout, value, JSON_DIGITS) ? EXIT_DONE : EXIT_ENVIRONMENT;
    put_value(&table, "", value);
    table_finish(&table);
    json_decref(value);
    return EXIT_DONE;
}

vultus_status csv_quote(struct buffer *out, const char *text, vultus_error *error)
{
    vultus_status status = buffer_append(out, "\"", 1, error);
    for (; !status && *text; text++) {
        status = buffer_append(out, text, 1, error);
        if (!status && *text == '"')
            status = buffer_append(out, text, 1, error);
    }
    return status ? status : buffer_append(out, "\"", 1, error);
}

int csv_write(struct buffer *rows, vultus_status status, const char *path, vultus_error *error)
{
    if (!status)
        status = file_write(path, rows->data, rows->size, error);
    buffer_clear(rows);
    if (!status)
        return EXIT_DONE;
    fail(error);
    return EXIT_ENVIRONMENT;
}
