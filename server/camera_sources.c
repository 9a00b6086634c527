/*
 * See camera_sources.h. Addresses are taken apart as FFmpeg takes them apart (a user ends at the last '@' before the path),
 * and what could be read in two ways is allowed by no pattern. Hosts are compared as they are written: whoever rules the
 * names of a network rules where they lead.
 */
#include "camera_sources.h"

#include "base/status.h"

#include <string.h>
#include <strings.h>

struct span {
    const char *text;
    size_t size;
};

struct place {
    struct span scheme, host, port, path; /* of a file or a camera of this machine only the path */
};

static struct span span_of(const char *text, size_t size)
{
    return (struct span){text, size};
}

static bool is_same(struct span a, struct span b)
{
    return a.size == b.size && (!a.size || !strncasecmp(a.text, b.text, a.size));
}

/* No blanks in addresses; nothing that cannot be seen, and nothing that some take for a slash. */
static bool is_clean(const char *text, bool remote)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < 0x20 || *at == 0x7F || *at == '\\' || (remote && (*at == ' ' || *at > 0x7F)))
            return false;
    return strlen(text) <= CAMERA_SOURCE_MAX;
}

static bool climbs(const char *path)
{
    for (const char *at = path; at; at = strchr(at, '/')) {
        at += *at == '/';
        size_t length = strcspn(at, "/?#");
        if (length == 2 && at[0] == '.' && at[1] == '.')
            return true;
    }
    return false;
}

/* host, host:port, [address]:port */
static bool split_authority(struct span all, struct place *out)
{
    const char *end = all.text + all.size, *colon = NULL;
    const char *bracket = all.size && *all.text == '[' ? memchr(all.text, ']', all.size) : NULL;
    if (all.size && *all.text == '[' && !bracket)
        return false;
    for (const char *at = bracket ? bracket : all.text; at < end; at++) {
        if (*at == ':' && colon)
            return false;
        if (*at == ':')
            colon = at;
        if (*at == '%' || (bracket && !colon && at > bracket))
            return false;
    }
    out->host = span_of(all.text, (size_t)((colon ? colon : end) - all.text));
    out->port = colon ? span_of(colon + 1, (size_t)(end - colon - 1)) : span_of("", 0);
    return out->host.size && (!colon || out->port.size);
}

static bool split(const char *text, struct place *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz", more[] = "0123456789+.-";
    const char *mark = strstr(text, "://");
    *out = (struct place){.path = span_of(text, strlen(text))};
    if (climbs(text) || !is_clean(text, mark != NULL))
        return false;
    if (!mark)
        return *text == '/' || !strncmp(text, "camera:", 7);
    out->scheme = span_of(text, (size_t)(mark - text));
    for (size_t i = 0; i < out->scheme.size; i++)
        if (!strchr(letters, text[i]) && (!i || !strchr(more, text[i])))
            return false;
    const char *authority = mark + 3, *end = authority + strcspn(authority, "/?#");
    for (const char *at = authority; at < end; at++)
        if (*at == '@')
            authority = at + 1;
    out->path = span_of(end, strlen(end));
    return out->scheme.size && split_authority(span_of(authority, (size_t)(end - authority)), out);
}

/* '*' stands for any run without one of `stops`, "**" for any run. */
static bool fits(struct span pattern, struct span text, const char *stops, bool any_case)
{
    while (pattern.size && *pattern.text != '*') {
        bool same = text.size && (any_case ? !strncasecmp(pattern.text, text.text, 1)
                                           : *pattern.text == *text.text);
        if (!same)
            return false;
        pattern = span_of(pattern.text + 1, pattern.size - 1);
        text = span_of(text.text + 1, text.size - 1);
    }
    if (!pattern.size)
        return !text.size;
    bool all = pattern.size > 1 && pattern.text[1] == '*';
    pattern = span_of(pattern.text + 1 + all, pattern.size - 1 - all);
    for (;;) {
        if (fits(pattern, text, stops, any_case))
            return true;
        if (!text.size || (!all && strchr(stops, *text.text)))
            return false;
        text = span_of(text.text + 1, text.size - 1);
    }
}

static bool fits_place(const struct place *pattern, const struct place *place)
{
    if (!is_same(pattern->scheme, place->scheme))
        return false;
    if (!pattern->scheme.size)
        return fits(pattern->path, place->path, "/", false);
    bool literal = *pattern->host.text == '[' || *place->host.text == '[';
    bool host =
        literal ? is_same(pattern->host, place->host) : fits(pattern->host, place->host, ".", true);
    return host && fits(pattern->port, place->port, "", false) &&
           (!pattern->path.size || fits(pattern->path, place->path, "/", false));
}

vultus_status camera_pattern_check(const char *pattern, vultus_error *error)
{
    struct place place;
    return split(pattern, &place)
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_ARGUMENT,
                            "camera-source: \"%.60s\" is no address such as rtsp://192.168.1.*, no "
                            "path from / on and no camera:N",
                            pattern);
}

bool camera_source_allowed(const struct camera_patterns *patterns, const char *source)
{
    struct place pattern, place;
    if (!split(source, &place) || strchr(source, '*'))
        return false;
    for (size_t i = 0; i < patterns->count; i++)
        if (split(patterns->items[i], &pattern) && fits_place(&pattern, &place))
            return true;
    return false;
}
