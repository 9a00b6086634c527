/* Reads headers. Each value has a limit; what is longer is as if it were not there, or refused where it counts. */
#include "http_head.h"
#include "media.h"
#include "reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *header(struct MHD_Connection *mhd, const char *name)
{
    return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

static bool copy(const char *value, char *out, size_t size)
{
    out[0] = '\0';
    if (!value || strlen(value) >= size)
        return false;
    memcpy(out, value, strlen(value) + 1);
    return true;
}

static void set_id(struct request *request)
{
    uint8_t bytes[(REQUEST_ID_SIZE - 1) / 2] = {0};
    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes)
        memcpy(bytes, &request->began, sizeof bytes); /* only has to be another one each time */
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(request->id + 2 * i, 3, "%02x", bytes[i]);
}

static void set_address(struct MHD_Connection *mhd, struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    socklen_t size = !address                         ? 0
                     : address->sa_family == AF_INET6 ? (socklen_t)sizeof(struct sockaddr_in6)
                                                      : (socklen_t)sizeof(struct sockaddr_in);
    if (!size || getnameinfo(address, size, request->address, sizeof request->address, NULL, 0,
                             NI_NUMERICHOST))
        snprintf(request->address, sizeof request->address, "-");
}

/* Browsers write it so; whoever writes it otherwise gets the plain bytes. */
static bool takes_gzip(const char *encodings)
{
    const char *at = encodings ? strstr(encodings, "gzip") : NULL;
    return at && strncmp(at + 4, ";q=0", 4) != 0;
}

void http_head_read(struct MHD_Connection *mhd, struct request *request, struct gate_head *head)
{
    set_id(request);
    set_address(mhd, request);
    *head = (struct gate_head){.host = header(mhd, "Host"),
                               .origin = header(mhd, "Origin"),
                               .authorization = header(mhd, "Authorization"),
                               .api_key = header(mhd, "X-API-Key")};
    (void)copy(header(mhd, "Content-Type"), request->content_type, sizeof request->content_type);
    (void)copy(header(mhd, "If-None-Match"), request->none_match, sizeof request->none_match);
    request->takes_gzip = takes_gzip(header(mhd, "Accept-Encoding"));
    (void)copy(header(mhd, "Accept"), request->accept, sizeof request->accept);
    (void)copy(header(mhd, "Last-Event-ID"), request->last_event, sizeof request->last_event);
    const char *again = header(mhd, "Idempotency-Key");
    request->has_idempotency = again != NULL;
    if (again && (!copy(again, request->idempotency, sizeof request->idempotency) || !*again))
        reply_error(request, ERROR_BAD_REQUEST, "an Idempotency-Key has 1 to %d bytes",
                    REQUEST_TEXT_MAX - 1);
}

void http_head_check(struct request *request)
{
    const char *wanted = media_refused(request->content_type, request->route->body);
    if (wanted)
        reply_error(request, ERROR_MEDIA_TYPE, "the body has to be %s", wanted);
}

uint64_t http_head_length(struct MHD_Connection *mhd)
{
    const char *text = header(mhd, "Content-Length");
    return text ? strtoull(text, NULL, 10) : 0; /* libmicrohttpd has checked it */
}
