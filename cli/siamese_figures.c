/* See siamese_figures.h. Figures at a threshold are left out: those of the two comparisons have nothing to do with
 * each other. */
#include "siamese_figures.h"
#include "evaluate_pairs.h"
#include "figures.h"
#include "table.h"

#include <math.h>
#include <string.h>

static bool shown(const struct figure *figure)
{
    return !strstr(figure->key, "at_threshold");
}

void siamese_put_figures(const char *heading, const vultus_report *plain,
                         const vultus_report *siamese)
{
    struct column columns[] = {{.key = heading},
                               {.key = "plain", .right = true, .width = 9},
                               {.key = "siamese", .right = true, .width = 9}};
    struct table table = {.columns = columns, .count = 3, .format = FORMAT_TABLE};
    const vultus_pair_figures left = evaluation_figures(plain);
    const vultus_pair_figures right = evaluation_figures(siamese);
    char text[32];
    for (const struct figure *figure = pair_figures; figure->key; figure++)
        column_fit(&columns[0], figure->label);
    for (const struct figure *figure = pair_figures; figure->key; figure++) {
        const double a = figure_value(figure, &left), b = figure_value(figure, &right);
        if (!shown(figure) || !isfinite(a) || !isfinite(b))
            continue;
        table_text(&table, figure->label);
        table_text(&table, figure_text(figure, a, text, sizeof text));
        table_text(&table, figure_text(figure, b, text, sizeof text));
        table_end(&table);
    }
    table_finish(&table);
}

void siamese_page_figures(struct page *page, const vultus_report *plain,
                          const vultus_report *siamese)
{
    const vultus_pair_figures left = evaluation_figures(plain);
    const vultus_pair_figures right = evaluation_figures(siamese);
    char a[32], b[32];
    page_section(page, "The learnt comparison");
    page_note(page,
              "The plain comparison of the embeddings beside the siamese one, on these pairs.");
    page_print(page, "<div class=\"wide\"><table><thead><tr><th>figure</th><th class=\"n\">plain"
                     "</th><th class=\"n\">siamese</th></tr></thead><tbody>\n");
    for (const struct figure *figure = pair_figures; figure->key; figure++) {
        const double x = figure_value(figure, &left), y = figure_value(figure, &right);
        if (shown(figure) && isfinite(x) && isfinite(y))
            page_print(page, "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
                       figure->label, figure_text(figure, x, a, sizeof a),
                       figure_text(figure, y, b, sizeof b));
    }
    page_print(page, "</tbody></table></div>\n");
}

json_t *siamese_json_figures(const vultus_report *report)
{
    const vultus_pair_figures figures = evaluation_figures(report);
    json_t *value = json_object();
    bool good = value != NULL;
    for (const struct figure *figure = pair_figures; good && figure->key; figure++)
        if (shown(figure))
            good = !json_object_set_new(value, figure->key,
                                        json_number(figure_value(figure, &figures)));
    if (good)
        return value;
    json_decref(value);
    return NULL;
}
