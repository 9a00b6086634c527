/* See page.h. Everything that comes from outside (names, files) goes through page_text. */
#include "page.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "cli_session.h"
#include "command.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_MAX ((size_t)256 << 20) /* what a browser opens at all */

static void append(struct page *page, const char *text, size_t size)
{
    if (!page->status)
        page->status = buffer_append(&page->out, text, size, &page->error);
}

__attribute__((format(printf, 2, 0))) static void print(struct page *page, const char *format,
                                                        va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (!page->status && length > 0)
        page->status = buffer_reserve(&page->out, (size_t)length, &page->error);
    if (!page->status && length > 0) {
        vsnprintf((char *)page->out.data + page->out.size, (size_t)length + 1, format, again);
        page->out.size += (size_t)length;
    }
    va_end(again);
}

void page_print(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(page, format, args);
    va_end(args);
}

void page_text(struct page *page, const char *text)
{
    char *copy = utf8_repaired(text);
    if (!copy && !page->status)
        page->status = page->error.code = VULTUS_ERR_MEMORY;
    for (const char *at = copy; at && *at && !page->status; at++)
        switch (*at) {
        case '&': append(page, "&amp;", 5); break;
        case '<': append(page, "&lt;", 4); break;
        case '>': append(page, "&gt;", 4); break;
        case '"': append(page, "&quot;", 6); break;
        case '\'': append(page, "&#39;", 5); break;
        default: append(page, (unsigned char)*at < ' ' ? " " : at, 1);
        }
    mem_free(copy);
}

void page_note(struct page *page, const char *format, ...)
{
    va_list args;
    page_print(page, "<p>");
    va_start(args, format);
    print(page, format, args);
    va_end(args);
    page_print(page, "</p>\n");
}

void page_begin(struct page *page, const char *title, const char *lead)
{
    *page = (struct page){0};
    buffer_init(&page->out, PAGE_MAX);
    page_print(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "img-src data:; style-src 'unsafe-inline'\">\n<title>");
    page_text(page, title);
    page_print(page, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<header><h1>",
               page_style);
    page_text(page, title);
    page_print(page, "</h1>\n<p class=\"lead\">");
    page_text(page, lead);
    page_print(page, "</p></header>\n");
}

int page_finish(struct page *page, const char *path)
{
    int code = EXIT_DONE;
    page_print(page, "<footer>vultus %s</footer>\n</main>\n</body>\n</html>\n", vultus_version());
    if (!page->status)
        page->status = file_write(path, page->out.data, page->out.size, &page->error);
    if (page->status) {
        fail(&page->error);
        code = EXIT_ENVIRONMENT;
    }
    buffer_clear(&page->out);
    return code;
}

void page_section(struct page *page, const char *title)
{
    page_print(page, "<h2>%s</h2>\n", title);
}

/* ------------------------------------------------------------------ figures */

void page_cards(struct page *page, const struct figure *figures, const char *const *keys,
                const void *value, const void *low, const void *high)
{
    char text[32], interval[48];
    page_print(page, "<div class=\"cards\">\n");
    for (; *keys; keys++)
        for (const struct figure *figure = figures; figure->key; figure++) {
            if (strcmp(figure->key, *keys) != 0)
                continue;
            figure_text(figure, figure_value(figure, value), text, sizeof text);
            figure_interval(figure, low, high, interval, sizeof interval);
            page_print(page,
                       "<div class=\"card\"><div class=\"label\">%s</div><div class=\"value\">%s"
                       "</div><div class=\"interval\">%s</div><div class=\"hint\">%s</div></div>\n",
                       figure->label, text, *interval ? interval : "&nbsp;",
                       figure->meaning ? figure->meaning : "");
        }
    page_print(page, "</div>\n");
}

void page_figures(struct page *page, const struct figure *figures, const void *value,
                  const void *low, const void *high)
{
    char text[32], interval[48];
    page_print(page,
               "<div class=\"wide\"><table><thead><tr><th>figure</th><th class=\"n\">value</th>"
               "<th class=\"n\">interval</th><th>what it says</th></tr></thead><tbody>\n");
    for (; figures->key; figures++) {
        if (!isfinite(figure_value(figures, value)))
            continue;
        figure_text(figures, figure_value(figures, value), text, sizeof text);
        figure_interval(figures, low, high, interval, sizeof interval);
        page_print(page,
                   "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td "
                   "class=\"says\">%s</td></tr>\n",
                   figures->label, text, interval, figures->meaning ? figures->meaning : "");
    }
    page_print(page, "</tbody></table></div>\n");
}

/* ------------------------------------------------------------------ faces */

static void put_face(struct page *page, const struct page_face *face)
{
    char *data = face->jpeg ? base64_encode(face->jpeg, face->size) : NULL;
    page_print(page, "<div class=\"face\" title=\"");
    page_text(page, face->hint);
    page_print(page, "\">");
    if (data)
        page_print(page, "<img alt=\"\" src=\"data:image/jpeg;base64,%s\">", data);
    else
        page_print(page, "<div class=\"none\"></div>");
    page_print(page, "<div class=\"name\">");
    page_text(page, face->name);
    page_print(page, "</div></div>");
    mem_free(data);
}

void page_faces(struct page *page, const struct page_face *left, const struct page_face *right,
                const char *why)
{
    page_print(page, "<figure class=\"pair\"><div class=\"two\">");
    put_face(page, left);
    put_face(page, right);
    page_print(page, "</div><figcaption>");
    page_text(page, why);
    page_print(page, "</figcaption></figure>\n");
}
