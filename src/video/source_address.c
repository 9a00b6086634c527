/* See source_address.h. Only what stands before the first '/' of the path can be a user and a password. */
#include "video/source_address.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool address_has_scheme(const char *address, const char *scheme)
{
    size_t length = strlen(scheme);
    return !strncasecmp(address, scheme, length) && address[length] == ':';
}

/* Behind "scheme://", or NULL. */
static const char *authority_of(const char *address)
{
    const char *end = address;
    while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') ||
           (end > address && ((*end >= '0' && *end <= '9') || strchr("+-.", *end)) && *end))
        end++;
    return end > address && !strncmp(end, "://", 3) ? end + 3 : NULL;
}

bool address_is_remote(const char *address)
{
    return authority_of(address) != NULL;
}

bool address_is_camera(const char *address)
{
    return address_has_scheme(address, "camera") || !strncmp(address, "/dev/video", 10);
}

bool address_is_live(const char *address)
{
    return address_is_remote(address) || address_is_camera(address);
}

void address_show(const char *address, char *out, size_t size)
{
    const char *authority = authority_of(address);
    int length;
    if (!authority) {
        const char *tail = utf8_tail(address, size - 4);
        length = snprintf(out, size, "%s%s", tail == address ? "" : "...", tail);
    } else {
        const char *slash = authority + strcspn(authority, "/?#"), *host = authority;
        for (const char *at = authority; at < slash; at++)
            if (*at == '@')
                host = at + 1;
        size_t rest = strcspn(host, "?#");
        length = snprintf(out, size, "%.*s%.*s%s", (int)(authority - address), address, (int)rest,
                          host, host[rest] ? "?..." : "");
    }
    for (int i = 0; i < length && (size_t)i < size - 1; i++)
        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7F)
            out[i] = '?';
}
