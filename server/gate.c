/*
 * Who may ask what. In order: a server that stops takes nothing new; a page in a browser may only ask where it was
 * allowed to; whoever has no key that counts gets nothing; a key does what its scope says; and nobody asks more often
 * than the limit, its own where the key has one. Failed keys cost ten requests.
 */
#include "reply.h"
#include "service.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define LOOK_NS 1000000000u /* the file of keys is looked at once a second */
#define FAILED_COST 10

static struct timespec changed(const char *path)
{
    struct stat info;
    return stat(path, &info) ? (struct timespec){0} : info.st_mtim;
}

vultus_status gate_open(struct server *server, vultus_error *error)
{
    server->keys_changed = changed(server->keys_file);
    vultus_status status = keys_read(server->keys_file, &server->keys, error);
    server->keyed = !status && keys_any(&server->keys);
    return status;
}

/* Keys that were made or revoked meanwhile. A file that cannot be read leaves the keys as they are. */
static void look_again(struct server *server, uint64_t now)
{
    bool told = atomic_exchange(&server->keys_changing, false);
    if (!told && now - server->keys_looked < LOOK_NS)
        return;
    server->keys_looked = now;
    struct timespec at = changed(server->keys_file);
    if (!told && at.tv_sec == server->keys_changed.tv_sec &&
        at.tv_nsec == server->keys_changed.tv_nsec)
        return;
    struct keys keys;
    if (keys_read(server->keys_file, &keys, NULL))
        return;
    keys_clear(&server->keys);
    server->keys = keys;
    server->keys_changed = at;
    server->keyed |= keys_any(&server->keys);
}

void gate_look(struct server *server)
{
    atomic_store(&server->keys_changing, true);
}

/* The name of a host without its port. */
static bool host_is(const char *host, size_t length, const char *name)
{
    return strlen(name) == length && !strncasecmp(host, name, length);
}

static bool host_known(const struct server *server, const char *host)
{
    size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    char bracketed[sizeof server->host + 2];
    snprintf(bracketed, sizeof bracketed, "[%s]", server->host);
    return host_is(host, length, "localhost") || host_is(host, length, "127.0.0.1") ||
           host_is(host, length, "[::1]") || host_is(host, length, server->host) ||
           host_is(host, length, bracketed);
}

/*
 * A page of another site can send requests here from the browser of somebody who sits at this machine, or have a name
 * of its own lead here. Browsers say where a page is from; where nobody is asked for a key, the name has to be this
 * machine's too.
 */
static bool pass_browser(struct request *request, const struct gate_head *head)
{
    const struct server *server = request->server;
    const char *origin = head->origin, *host = head->host ? head->host : "";
    if (!server->keyed && server->loopback && !host_known(server, host)) {
        reply_error(request, ERROR_ORIGIN,
                    "without keys only localhost and this address are answered");
        return false;
    }
    const char *behind = origin ? strstr(origin, "://") : NULL;
    if (!origin || (server->tunables.cors && !strcmp(origin, server->tunables.cors)) ||
        (behind && *host && !strcasecmp(behind + 3, host)))
        return true;
    reply_error(request, ERROR_ORIGIN, "pages of this origin may not use the server (--cors)");
    return false;
}

static bool pass_rate(struct request *request, const char *who, unsigned rate, double cost,
                      uint64_t now)
{
    struct server *server = request->server;
    unsigned seconds =
        limits_take(&server->limits, who, rate ? rate : server->tunables.rate, cost, now);
    if (!seconds)
        return true;
    reply_error(request, ERROR_TOO_MANY, "too many requests; again in %u s", seconds);
    request->reply.retry_after = seconds;
    return false;
}

static const char *text_of_key(const struct gate_head *head)
{
    static const char bearer[] = "Bearer ";
    if (head->api_key || !head->authorization ||
        strncasecmp(head->authorization, bearer, sizeof bearer - 1) != 0)
        return head->api_key;
    return head->authorization + sizeof bearer - 1;
}

/* NULL: there is none that counts. */
static const struct key *find_key(const struct server *server, const char *text)
{
    return server->keyed && text && strlen(text) < KEY_TEXT_SIZE ? keys_find(&server->keys, text)
                                                                 : NULL;
}

static bool pass_key(struct request *request, const struct key *key, const char *text, uint64_t now)
{
    if (!key) {
        if (!pass_rate(request, request->address, 0, FAILED_COST - 1, now))
            return false;
        reply_error(request, ERROR_UNAUTHORIZED,
                    text ? "this key does not count"
                         : "a key is needed: Authorization: Bearer KEY (vultus keys create)");
        return false;
    }
    memcpy(request->key, key->id, sizeof request->key);
    request->scope = key->scope;
    request->bounds = key->bounds;
    if (key->scope < request->route->scope) {
        reply_error(request, ERROR_FORBIDDEN, "this key is for %s, and %s is needed",
                    key_scope_name(key->scope), key_scope_name(request->route->scope));
        return false;
    }
    return pass_rate(request, request->key, key->rate, 1, now);
}

bool gate_pass(struct request *request, const struct gate_head *head)
{
    struct server *server = request->server;
    const struct route *route = request->route;
    if (route->scope == SCOPE_NONE)
        return true;
    uint64_t now = clock_ns();
    if (atomic_load(&server->stopping)) {
        reply_error(request, ERROR_STOPPING, "the server is stopping");
        return false;
    }
    look_again(server, now);
    const char *text = text_of_key(head);
    const struct key *key = find_key(server, text);
    /* a key with a rate of its own has it from one address too */
    return ((key && key->rate) || pass_rate(request, request->address, 0, 1, now)) &&
           pass_browser(request, head) && (!server->keyed || pass_key(request, key, text, now));
}

static bool pass_gallery(struct request *request)
{
    const char *name = request->parameters.gallery;
    if (!request->parameters.given[PARAMETER_GALLERY])
        name = route_names_gallery(request->route) ? request->values[0] : GALLERY_DEFAULT;
    if (!gallery_name_good(name)) {
        reply_error(request, ERROR_NOT_FOUND, "there is no gallery %.60s", name);
        return false;
    }
    snprintf(request->gallery, sizeof request->gallery, "%s", name);
    if (key_may_use(&request->bounds, name))
        return true;
    reply_error(request, ERROR_FORBIDDEN, "this key is not for the gallery %s", name);
    return false;
}

bool gate_bounds(struct request *request)
{
    const struct route *route = request->route;
    const bool admin = request->scope == SCOPE_ADMIN;
    if (route_has_gallery(route))
        return pass_gallery(request);
    if (route_takes_any_key(route))
        return true;
    const char *workspace = route_names_workspace(route) ? request->values[0] : NULL;
    if (workspace ? key_may_enter(&request->bounds, admin, workspace)
                  : key_may_see_server(&request->bounds, admin))
        return true;
    if (workspace)
        reply_error(request, ERROR_FORBIDDEN, "this key is not for the workspace %.64s", workspace);
    else
        reply_error(request, ERROR_FORBIDDEN, "this key is not for all of the server");
    return false;
}
