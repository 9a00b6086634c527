/*
 * Webhooks over a gallery of made-up events: every event arrives, in order, signed, while another address is dead; what
 * fails is tried again; a restart goes on where the last run was; what no address can be is refused.
 */
#include "events/hook_http.h"
#include "events/hook_message.h"
#include "events/hooks.h"
#include "events/recorder.h"
#include "answers/json_values.h"
#include "base/clock.h"
#include "../store/event_support.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SECRET "correct horse"
#define REQUESTS_MAX 64

/* Answers each request with the status that `answer` gives, and keeps what was asked. */
struct receiver {
    int socket, port;
    pthread_t thread;
    atomic_bool end;
    atomic_uint count;
    int (*answer)(unsigned number, long long id);
    char bodies[REQUESTS_MAX][2048], heads[REQUESTS_MAX][1024];
};

static size_t read_request(int connection, char *out, size_t size)
{
    size_t used = 0, want = size;
    while (used < want) {
        struct pollfd ready = {.fd = connection, .events = POLLIN};
        ssize_t got =
            poll(&ready, 1, 2000) > 0 ? recv(connection, out + used, size - 1 - used, 0) : 0;
        if (got <= 0)
            break;
        out[used += (size_t)got] = '\0';
        const char *body = strstr(out, "\r\n\r\n"), *length = strstr(out, "Content-Length: ");
        if (body && length)
            want = (size_t)(body + 4 - out) + strtoul(length + 16, NULL, 10);
    }
    return used;
}

static void serve(struct receiver *receiver, int connection)
{
    static const char text[] =
        "HTTP/1.1 %d Well\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    char request[4096] = "", answer[128];
    unsigned number = atomic_load(&receiver->count);
    if (!read_request(connection, request, sizeof request) || number == REQUESTS_MAX)
        return;
    char *body = strstr(request, "\r\n\r\n");
    snprintf(receiver->bodies[number], sizeof receiver->bodies[0], "%s", body ? body + 4 : "");
    if (body)
        *body = '\0';
    snprintf(receiver->heads[number], sizeof receiver->heads[0], "%.1000s", request);
    const char *key = strstr(request, "Idempotency-Key: ");
    int status = receiver->answer(number, key ? strtoll(key + 17, NULL, 10) : 0);
    atomic_store(&receiver->count, number + 1);
    snprintf(answer, sizeof answer, text, status);
    if (status)
        (void)!send(connection, answer, strlen(answer), MSG_NOSIGNAL);
}

static void *receive(void *context)
{
    struct receiver *receiver = context;
    while (!atomic_load(&receiver->end)) {
        struct pollfd ready = {.fd = receiver->socket, .events = POLLIN};
        int connection = poll(&ready, 1, 10) > 0 ? accept(receiver->socket, NULL, NULL) : -1;
        if (connection < 0)
            continue;
        serve(receiver, connection);
        close(connection);
    }
    return NULL;
}

/* Bound, and deaf until it is started. */
static void receiver_bind(struct receiver *receiver, int (*answer)(unsigned number, long long id))
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(receiver, 0, sizeof *receiver);
    receiver->answer = answer;
    receiver->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(receiver->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(receiver->socket, (struct sockaddr *)&address, &size), 0);
    receiver->port = ntohs(address.sin_port);
}

static void receiver_start(struct receiver *receiver)
{
    assert_int_equal(listen(receiver->socket, 16), 0);
    assert_int_equal(pthread_create(&receiver->thread, NULL, receive, receiver), 0);
}

static void receiver_stop(struct receiver *receiver)
{
    atomic_store(&receiver->end, true);
    pthread_join(receiver->thread, NULL);
    close(receiver->socket);
}

static void url_of(const struct receiver *receiver, char out[64])
{
    snprintf(out, 64, "http://user:pass@127.0.0.1:%d/hook?token=t", receiver->port);
}

static bool wait_for_count(struct receiver *receiver, unsigned count)
{
    for (uint64_t start = clock_ns(); clock_ns() - start < 15000000000u;) {
        if (atomic_load(&receiver->count) >= count)
            return true;
        (void)poll(NULL, 0, 5);
    }
    return false;
}

/* ------------------------------------------------------------------ what is looked at */

static char told[4096]; /* notices, one a line; they come one at a time */
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

static void on_notice(void *context, const char *line)
{
    (void)context;
    pthread_mutex_lock(&telling);
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", line);
    pthread_mutex_unlock(&telling);
}

static long long id_of(const char *body)
{
    json_t *value = json_loads(body, 0, NULL);
    long long id = json_integer_value(json_object_get(value, "id"));
    json_decref(value);
    return id;
}

/* The signature in a head is that of its time and the body. */
static void assert_signed(const char *head, const char *body)
{
    char text[4096], hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    vultus_error error = {0};
    const char *time = strstr(head, "X-Vultus-Timestamp: ");
    const char *signature = strstr(head, "X-Vultus-Signature: sha256=");
    assert_true(time && signature);
    snprintf(text, sizeof text, "%.*s.%s", (int)strcspn(time + 20, "\r"), time + 20, body);
    assert_ok(hash_hmac(SECRET, strlen(SECRET), text, strlen(text), hash, &error), &error);
    hash_hex(hash, hex);
    assert_memory_equal(signature + 27, hex, 64);
    assert_null(strstr(head, "Expect"));
}

static int always(unsigned number, long long id)
{
    (void)number, (void)id;
    return 204;
}

/* Fails in two ways: at event 3 with an answer, at event 5 without one. */
static int sometimes(unsigned number, long long id)
{
    static unsigned third, fifth;
    (void)number;
    return id == 3 && !third++ ? 503 : id == 5 && !fifth++ ? 0 : 200;
}

static void skip_without_curl(void)
{
    struct hook_http *http = NULL;
    vultus_error error = {0};
    if (hook_http_open(&http, &error)) {
        print_message("%s\n", error.message);
        support_skip("no libcurl");
    }
    hook_http_close(http);
}

static struct hooks *open_hooks(const char *path, const char *const *urls, size_t count)
{
    struct buffer secret = {.data = (uint8_t *)(uintptr_t)SECRET, .size = strlen(SECRET)};
    const struct hooks_options options = {
        .location = path, .urls = urls, .count = count, .secret = &secret, .notice = on_notice};
    struct hooks *hooks = NULL;
    vultus_error error = {0};
    assert_ok(hooks_open(&options, &hooks, &error), &error);
    return hooks;
}

static void record(const char *path, unsigned count, struct hooks *hooks)
{
    const struct recorder_options options = {.location = path};
    const struct recorder_camera door = {.name = "door", .run = 5};
    struct recorder *recorder = NULL;
    vultus_error error = {0};
    assert_ok(recorder_open(&options, &recorder, &error), &error);
    for (unsigned i = 0; i < count; i++) {
        const vultus_event event = {.kind = VULTUS_EVENT_UNKNOWN,
                                    .address = "rtsp://camera",
                                    .visitor = {.track = i, .name = "", .second = ""},
                                    .before = ""};
        assert_ok(recorder_add(recorder, &event, &door, &error), &error);
    }
    assert_ok(recorder_close(recorder, &error), &error);
    hooks_wake(hooks);
}

/* ------------------------------------------------------------------ tests */

static void every_event_arrives_in_order(void **state)
{
    (void)state;
    static struct receiver good, late;
    char urls[2][64];
    const char *const addresses[] = {urls[0], urls[1]};
    const char *path = fresh_path();
    skip_without_curl();
    told[0] = '\0';
    receiver_bind(&good, sometimes);
    receiver_bind(&late, always);
    receiver_start(&good);
    url_of(&good, urls[0]);
    url_of(&late, urls[1]);
    vultus_gallery_close(open_gallery(path));
    struct hooks *hooks = open_hooks(path, addresses, 2);
    record(path, 8, hooks);
    assert_true(wait_for_count(&good, 10)); /* two of them twice */
    hooks_close(hooks, 5);
    long long next = 1;
    for (unsigned i = 0; i < 10; i++) {
        long long id = id_of(good.bodies[i]);
        assert_true(id == next || id == next - 1);
        next = id + 1;
        assert_signed(good.heads[i], good.bodies[i]);
        assert_non_null(strstr(good.heads[i], "POST /hook?token=t"));
        assert_non_null(strstr(good.bodies[i], "\"camera\":\"door\""));
    }
    assert_int_equal(next, 9);
    assert_int_equal(atomic_load(&good.count), 10);
    assert_non_null(strstr(told, "answered 503"));
    assert_non_null(strstr(told, "answers again"));
    assert_null(strstr(told, "pass"));
    assert_null(strstr(told, "token"));

    receiver_start(
        &late); /* after the restart it gets what it has missed, and the other one nothing twice */
    hooks = open_hooks(path, addresses, 2);
    assert_true(wait_for_count(&late, 8));
    record(path, 1, hooks);
    assert_true(wait_for_count(&late, 9));
    hooks_close(hooks, 5);
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(id_of(late.bodies[i]), i + 1);
    assert_int_equal(atomic_load(&good.count), 11);
    receiver_stop(&good);
    receiver_stop(&late);
}

/* At the end what came last is sent, and a dead address is not waited for. */
static void the_end_sends_what_is_left(void **state)
{
    (void)state;
    static struct receiver good, dead;
    char urls[2][64];
    const char *const addresses[] = {urls[0], urls[1]};
    const char *path = fresh_path();
    skip_without_curl();
    receiver_bind(&good, always);
    receiver_bind(&dead, always);
    receiver_start(&good);
    url_of(&good, urls[0]);
    url_of(&dead, urls[1]);
    vultus_gallery_close(open_gallery(path));
    struct hooks *hooks = open_hooks(path, addresses, 2);
    record(path, 30, NULL);
    uint64_t start = clock_ns();
    hooks_close(hooks, 20);
    assert_true(clock_ns() - start < 10000000000u);
    assert_int_equal(atomic_load(&good.count), 30);
    receiver_stop(&good);
    close(dead.socket);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "ftp://host/",
                                      "file:///etc/passwd",
                                      "http://",
                                      "http://user@/",
                                      "https:///path",
                                      "http://host/a b",
                                      "http://host/\n",
                                      "hostname"};
    char shown[HOOK_NAME_MAX], reader[2][VULTUS_READER_MAX + 1];
    vultus_error error = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hook_url_check(bad[i], shown, &error) != VULTUS_ERR_ARGUMENT)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_ok(hook_url_check("https://u:p@h@host:8443/a?token=x", shown, &error), &error);
    assert_string_equal(shown, "https://host:8443");
    assert_ok(hook_reader("https://host/a", reader[0], &error), &error);
    assert_ok(hook_reader("https://host/b", reader[1], &error), &error);
    assert_string_not_equal(reader[0], reader[1]);
    assert_null(strstr(reader[0], "/a"));
}

static void secrets_are_read(void **state)
{
    (void)state;
    const char *path = support_join(support_folder(), "secret");
    struct buffer secret;
    vultus_error error = {0};
    bool found = false;
    unsetenv("VULTUS_WEBHOOK_SECRET");
    assert_ok(hooks_secret(NULL, &secret, &found, &error), &error);
    assert_false(found);
    spill(path, "abc\n", 4);
    chmod(path, 0644);
    assert_error(VULTUS_ERR_ARGUMENT, hooks_secret(path, &secret, &found, &error), &error, "chmod");
    chmod(path, 0600);
    assert_ok(hooks_secret(path, &secret, &found, &error), &error);
    assert_true(found && secret.size == 3);
    buffer_clear(&secret);
    setenv("VULTUS_WEBHOOK_SECRET", "xyz", 1);
    assert_ok(hooks_secret(NULL, &secret, &found, &error), &error);
    assert_true(found && secret.size == 3);
    buffer_clear(&secret);
    unsetenv("VULTUS_WEBHOOK_SECRET");
    spill(path, "\n", 1);
    assert_error(VULTUS_ERR_ARGUMENT, hooks_secret(path, &secret, &found, &error), &error, "empty");
}

/* RFC 4231, test case 2. */
static void signatures_are_hmac(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    vultus_error error = {0};
    assert_ok(hash_hmac("Jefe", 4, "what do ya want for nothing?", 28, hash, &error), &error);
    hash_hex(hash, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_arrives_in_order),
        cmocka_unit_test(the_end_sends_what_is_left),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(secrets_are_read),
        cmocka_unit_test(signatures_are_hmac),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
