/* See hook_http.h. The library is loaded once and stays. Both of Debian's builds do, and have the same functions. */
#define _GNU_SOURCE
#include "events/hook_http.h"
#include "base/memory.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>

#define CONNECT_MS 5000L
#define TOTAL_MS 15000L

#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_global_init)                                                                            \
    X(curl_easy_init)                                                                              \
    X(curl_easy_cleanup) X(curl_easy_setopt) X(curl_easy_perform) X(curl_easy_getinfo)             \
        X(curl_easy_reset) X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all)

#define MEMBER(name) __typeof__(&name) name##_;
#define SLOT(name) {#name, (void **)&curl.name##_},

static struct {
    CURL_FUNCTIONS(MEMBER)
} curl;
static bool all_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const char *const files[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    static const struct {
        const char *name;
        void **place;
    } slots[] = {CURL_FUNCTIONS(SLOT)};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof files / sizeof *files; i++)
        library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    bool good = library != NULL;
    for (size_t i = 0; good && i < sizeof slots / sizeof *slots; i++) {
        *slots[i].place = dlsym(library, slots[i].name);
        good = *slots[i].place != NULL;
    }
    all_there = good && !curl.curl_global_init_(CURL_GLOBAL_DEFAULT);
}

struct hook_http {
    CURL *easy;
    char why[CURL_ERROR_SIZE];
};

vultus_status hook_http_open(struct hook_http **out, vultus_error *error)
{
    pthread_once(&once, load);
    if (!all_there)
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "webhooks need libcurl; install it (Debian: apt-get install "
                          "libcurl3-gnutls, or libcurl3t64-gnutls)");
    struct hook_http *http = mem_zalloc(1, sizeof *http);
    if (http)
        http->easy = curl.curl_easy_init_();
    if (!http || !http->easy) {
        mem_free(http);
        return status_memory(error, "a webhook");
    }
    *out = http;
    return VULTUS_OK;
}

void hook_http_close(struct hook_http *http)
{
    if (!http)
        return;
    curl.curl_easy_cleanup_(http->easy);
    mem_free(http);
}

static size_t discard(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    return size * count;
}

static int watch(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                 curl_off_t up)
{
    (void)down_total, (void)down, (void)up_total, (void)up;
    const struct hook_post *post = context;
    return post->stopped(post->context);
}

static CURLcode set_up(struct hook_http *http, const struct hook_post *post,
                       struct curl_slist *headers)
{
    CURL *easy = http->easy;
    curl.curl_easy_reset_(easy); /* connections stay */
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_FOLLOWLOCATION, 0},
                   {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS},
                   {CURLOPT_TIMEOUT_MS, TOTAL_MS},
                   {CURLOPT_NOPROGRESS, 0},
                   {CURLOPT_POST, 1},
                   {CURLOPT_POSTFIELDSIZE, (long)post->size}};
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {{CURLOPT_URL, post->url},         {CURLOPT_USERAGENT, "vultus"},
                    {CURLOPT_ERRORBUFFER, http->why}, {CURLOPT_POSTFIELDS, post->body},
                    {CURLOPT_HTTPHEADER, headers},    {CURLOPT_XFERINFODATA, post}};
    CURLcode code = CURLE_OK;
    for (size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
        code = curl.curl_easy_setopt_(easy, numbers[i].option, numbers[i].value);
    for (size_t i = 0; !code && i < sizeof pointers / sizeof *pointers; i++)
        code = curl.curl_easy_setopt_(easy, pointers[i].option, pointers[i].value);
    if (!code)
        code = curl.curl_easy_setopt_(easy, CURLOPT_WRITEFUNCTION, discard);
    if (!code)
        code = curl.curl_easy_setopt_(easy, CURLOPT_XFERINFOFUNCTION, watch);
#if LIBCURL_VERSION_NUM >= 0x075500
    if (!code)
        code = curl.curl_easy_setopt_(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    if (!code)
        code = curl.curl_easy_setopt_(easy, CURLOPT_PROTOCOLS,
                                      (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    return code;
}

vultus_status hook_http_post(struct hook_http *http, const struct hook_post *post, long *code,
                             vultus_error *error)
{
    struct curl_slist *headers = NULL;
    long answer = 0;
    for (size_t i = 0; i < HOOK_HEADERS_MAX && post->headers[i]; i++) {
        struct curl_slist *more = curl.curl_slist_append_(headers, post->headers[i]);
        if (!more) {
            curl.curl_slist_free_all_(headers);
            return status_memory(error, "a webhook");
        }
        headers = more;
    }
    http->why[0] = '\0';
    CURLcode result = set_up(http, post, headers);
    if (!result)
        result = curl.curl_easy_perform_(http->easy);
    if (!result)
        result = curl.curl_easy_getinfo_(http->easy, CURLINFO_RESPONSE_CODE, &answer);
    curl.curl_slist_free_all_(headers);
    if (result == CURLE_OUT_OF_MEMORY)
        return status_memory(error, "a webhook");
    if (result)
        return status_set(error, VULTUS_ERR_IO, "%.150s",
                          http->why[0] ? http->why : curl.curl_easy_strerror_(result));
    *code = answer;
    return VULTUS_OK;
}
