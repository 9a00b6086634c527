/*
 * Every route of the server. Another family of routes, as another product has them, is more lines here with handlers
 * of its own; who may ask, limits, bodies and errors come from the columns of the table.
 */
#include "routes.h"
#include "handlers.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

#define IN_GALLERY PARAMETERS(PARAMETER_GALLERY)
#define DETECTION PARAMETER_MIN_FACE, PARAMETER_MAX_FACES
#define DECISION PARAMETER_METRIC, PARAMETER_THRESHOLD, PARAMETER_FAR, PARAMETER_MIN_MARGIN
#define LIVENESS PARAMETER_LIVENESS, PARAMETER_REQUIRE_LIVE
#define AMONG PARAMETER_PERSON, PARAMETER_GROUP, PARAMETER_TAG
#define ENROLMENT                                                                                  \
    PARAMETER_MIN_FACE, PARAMETER_FLIP, PARAMETER_SELECT, PARAMETER_MIN_SIZE,                      \
        PARAMETER_MIN_SHARPNESS

#define TRAINING                                                                                   \
    PARAMETER_METHOD, PARAMETER_C, PARAMETER_GAMMA, PARAMETER_N_NEIGHBORS, PARAMETER_WEIGHTS,      \
        PARAMETER_N_ESTIMATORS, PARAMETER_MAX_DEPTH, PARAMETER_CLASS_WEIGHT, PARAMETER_TOL,        \
        PARAMETER_MAX_ITER, PARAMETER_GRID, PARAMETER_CV, PARAMETER_FAR, PARAMETER_SEED

static const struct route routes[] = {
    {"GET", "/", SCOPE_NONE, BODY_NONE, NULL, handle_web, LANE_AT_ONCE},
    {"GET", "/ui/{file}", SCOPE_NONE, BODY_NONE, NULL, handle_web, LANE_AT_ONCE},
    {"GET", "/healthz", SCOPE_NONE, BODY_NONE, NULL, handle_health, LANE_AT_ONCE},
    {"GET", "/readyz", SCOPE_NONE, BODY_NONE, NULL, handle_ready, LANE_AT_ONCE},
    {"GET", "/metrics", SCOPE_READ, BODY_NONE, NULL, handle_metrics, LANE_AT_ONCE},
    {"GET", "/v1/openapi.yaml", SCOPE_NONE, BODY_NONE, NULL, handle_openapi, LANE_AT_ONCE},
    {"GET", "/v1/info", SCOPE_READ, BODY_NONE, NULL, handle_info, LANE_AT_ONCE},
    {"GET", "/v1/models", SCOPE_READ, BODY_NONE, NULL, handle_models, LANE_QUICK},

    {"POST", "/v1/detect", SCOPE_READ, BODY_PICTURE, PARAMETERS(DETECTION, LIVENESS), handle_detect,
     LANE_LONG},
    {"POST", "/v1/embed", SCOPE_READ, BODY_PICTURE, PARAMETERS(DETECTION, PARAMETER_FLIP),
     handle_embed, LANE_LONG},
    {"POST", "/v1/identify", SCOPE_READ, BODY_PICTURE,
     PARAMETERS(PARAMETER_GALLERY, AMONG, DETECTION, PARAMETER_FLIP, DECISION,
                PARAMETER_MIN_QUALITY, PARAMETER_TOP, LIVENESS),
     handle_identify, LANE_LONG},
    {"POST", "/v1/verify", SCOPE_READ, BODY_FORM,
     PARAMETERS(PARAMETER_MIN_FACE, PARAMETER_FLIP, DECISION, PARAMETER_MIN_QUALITY, LIVENESS),
     handle_verify, LANE_LONG},
    {"POST", "/v1/compare", SCOPE_READ, BODY_JSON, PARAMETERS(DECISION), handle_compare,
     LANE_QUICK},
    {"POST", "/v1/search", SCOPE_READ, BODY_JSON,
     PARAMETERS(PARAMETER_GALLERY, AMONG, DECISION, PARAMETER_TOP), handle_search, LANE_QUICK},

    {"GET", "/v1/galleries", SCOPE_READ, BODY_NONE, NULL, handle_galleries, LANE_QUICK},
    {"POST", "/v1/galleries", SCOPE_ADMIN, BODY_JSON, NULL, handle_create_gallery, LANE_QUICK},
    {"GET", "/v1/galleries/{gallery}", SCOPE_READ, BODY_NONE, NULL, handle_gallery, LANE_QUICK},
    {"DELETE", "/v1/galleries/{gallery}", SCOPE_ADMIN, BODY_NONE, NULL, handle_delete_gallery,
     LANE_QUICK},

    {"GET", "/v1/people", SCOPE_READ, BODY_NONE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_LIMIT, PARAMETER_AFTER, PARAMETER_SEARCH,
                PARAMETER_IN_GROUP, PARAMETER_WITH_TAG),
     handle_people, LANE_QUICK},
    {"POST", "/v1/people", SCOPE_ENROL, BODY_PICTURE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_NAME, ENROLMENT), handle_enroll, LANE_LONG},
    {"GET", "/v1/people/{name}", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_person, LANE_QUICK},
    {"PATCH", "/v1/people/{name}", SCOPE_ADMIN, BODY_JSON, IN_GALLERY, handle_rename, LANE_QUICK},
    {"DELETE", "/v1/people/{name}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY, handle_delete, LANE_QUICK},
    {"POST", "/v1/people/{name}/merge", SCOPE_ADMIN, BODY_JSON, IN_GALLERY, handle_merge,
     LANE_QUICK},
    {"PUT", "/v1/people/{name}/facts", SCOPE_ADMIN, BODY_JSON, IN_GALLERY, handle_set_fact,
     LANE_QUICK},
    {"GET", "/v1/people/{name}/picture", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_portrait,
     LANE_QUICK},
    {"GET", "/v1/people/{name}/faces", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_faces, LANE_QUICK},
    {"POST", "/v1/people/{name}/faces", SCOPE_ENROL, BODY_PICTURE,
     PARAMETERS(PARAMETER_GALLERY, ENROLMENT), handle_enroll_more, LANE_LONG},
    {"GET", "/v1/people/{name}/faces/{face}/picture", SCOPE_READ, BODY_NONE, IN_GALLERY,
     handle_face_picture, LANE_QUICK},
    {"POST", "/v1/people/{name}/not", SCOPE_ADMIN, BODY_ANY, IN_GALLERY, handle_refuse, LANE_LONG},
    {"DELETE", "/v1/people/{name}/not/{face}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY, handle_allow,
     LANE_QUICK},
    {"POST", "/v1/people/{name}/split", SCOPE_ADMIN, BODY_JSON, IN_GALLERY, handle_split,
     LANE_QUICK},
    {"PUT", "/v1/people/{name}/groups/{group}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY,
     handle_add_group, LANE_QUICK},
    {"DELETE", "/v1/people/{name}/groups/{group}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY,
     handle_remove_group, LANE_QUICK},
    {"PUT", "/v1/people/{name}/tags/{tag}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY, handle_add_tag,
     LANE_QUICK},
    {"DELETE", "/v1/people/{name}/tags/{tag}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY,
     handle_remove_tag, LANE_QUICK},
    {"GET", "/v1/groups", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_groups, LANE_QUICK},
    {"GET", "/v1/stats", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_stats, LANE_QUICK},

    {"GET", "/v1/faces", SCOPE_READ, BODY_NONE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_LIMIT, PARAMETER_AFTER_FACE), handle_all_faces,
     LANE_QUICK},
    {"GET", "/v1/faces/{face}", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_single_face, LANE_QUICK},
    {"DELETE", "/v1/faces/{face}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY, handle_delete_face,
     LANE_QUICK},
    {"GET", "/v1/faces/{face}/picture", SCOPE_READ, BODY_NONE, IN_GALLERY, handle_single_picture,
     LANE_QUICK},
    {"POST", "/v1/faces/{face}/move", SCOPE_ADMIN, BODY_JSON, IN_GALLERY, handle_move, LANE_QUICK},

    {"POST", "/v1/unknown", SCOPE_ENROL, BODY_PICTURE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_DAYS, DETECTION, PARAMETER_FLIP, DECISION,
                PARAMETER_MIN_QUALITY),
     handle_keep_unknown, LANE_LONG},
    {"GET", "/v1/unknown/groups", SCOPE_READ, BODY_NONE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_LIMIT), handle_unknown_groups, LANE_LONG},
    {"DELETE", "/v1/unknown/groups/{group}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY,
     handle_delete_unknown, LANE_LONG},
    {"POST", "/v1/unknown/groups/{group}/name", SCOPE_ENROL, BODY_JSON, IN_GALLERY,
     handle_name_unknown, LANE_LONG},
    {"GET", "/v1/unknown/faces/{face}/picture", SCOPE_READ, BODY_NONE, IN_GALLERY,
     handle_unknown_picture, LANE_QUICK},
    {"DELETE", "/v1/unknown/faces/{face}", SCOPE_ADMIN, BODY_NONE, IN_GALLERY,
     handle_delete_unknown_face, LANE_QUICK},

    {"GET", "/v1/cameras", SCOPE_READ, BODY_NONE, NULL, handle_cameras, LANE_QUICK},
    {"POST", "/v1/cameras", SCOPE_ADMIN, BODY_JSON, NULL, handle_add_camera, LANE_QUICK},
    {"GET", "/v1/cameras/{camera}", SCOPE_READ, BODY_NONE, NULL, handle_camera, LANE_QUICK},
    {"PATCH", "/v1/cameras/{camera}", SCOPE_ADMIN, BODY_JSON, NULL, handle_change_camera,
     LANE_LONG},
    {"DELETE", "/v1/cameras/{camera}", SCOPE_ADMIN, BODY_NONE, NULL, handle_remove_camera,
     LANE_LONG},
    {"POST", "/v1/cameras/{camera}/start", SCOPE_ADMIN, BODY_NONE, NULL, handle_start_camera,
     LANE_LONG},
    {"POST", "/v1/cameras/{camera}/stop", SCOPE_ADMIN, BODY_NONE, NULL, handle_stop_camera,
     LANE_LONG},
    {"GET", "/v1/cameras/{camera}/snapshot", SCOPE_READ, BODY_NONE, NULL, handle_snapshot,
     LANE_QUICK},
    {"GET", "/v1/cameras/{camera}/preview", SCOPE_READ, BODY_NONE, NULL, handle_preview,
     LANE_QUICK},

    {"GET", "/v1/audit", SCOPE_ADMIN, BODY_NONE,
     PARAMETERS(PARAMETER_GALLERY, PARAMETER_NAME, PARAMETER_LIMIT), handle_audit, LANE_QUICK},
    {"POST", "/v1/undo", SCOPE_ADMIN, BODY_NONE, IN_GALLERY, handle_undo, LANE_QUICK},

    {"GET", "/v1/keys", SCOPE_ADMIN, BODY_NONE, NULL, handle_keys, LANE_QUICK},
    {"DELETE", "/v1/keys/{key}", SCOPE_ADMIN, BODY_NONE, NULL, handle_revoke, LANE_QUICK},

    {"GET", "/v1/workspaces", SCOPE_READ, BODY_NONE, PARAMETERS(PARAMETER_LIMIT, PARAMETER_AFTER),
     handle_workspaces, LANE_LONG},
    {"GET", "/v1/workspaces/{workspace}", SCOPE_READ, BODY_NONE, NULL, handle_workspace,
     LANE_QUICK},
    {"DELETE", "/v1/workspaces/{workspace}", SCOPE_ADMIN, BODY_NONE, NULL, handle_erase_workspace,
     LANE_LONG},
    {"POST", "/v1/workspaces/{workspace}/images", SCOPE_ENROL, BODY_PICTURE,
     PARAMETERS(PARAMETER_LABEL, ENROLMENT), handle_images, LANE_LONG},
    {"GET", "/v1/workspaces/{workspace}/images/{image}/thumbnail", SCOPE_READ, BODY_NONE, NULL,
     handle_thumbnail, LANE_QUICK},
    {"DELETE", "/v1/workspaces/{workspace}/images/{image}", SCOPE_ADMIN, BODY_NONE, NULL,
     handle_erase_image, LANE_LONG},
    {"GET", "/v1/workspaces/{workspace}/labels/{label}", SCOPE_READ, BODY_NONE, NULL, handle_label,
     LANE_QUICK},
    {"DELETE", "/v1/workspaces/{workspace}/labels/{label}", SCOPE_ADMIN, BODY_NONE, NULL,
     handle_erase_label, LANE_LONG},
    {"GET", "/v1/workspaces/{workspace}/export", SCOPE_ADMIN, BODY_NONE,
     PARAMETERS(PARAMETER_LABEL), handle_export_workspace, LANE_LONG},
    {"POST", "/v1/workspaces/{workspace}/train", SCOPE_ENROL, BODY_NONE, PARAMETERS(TRAINING),
     handle_train, LANE_QUICK},
    {"GET", "/v1/workspaces/{workspace}/jobs", SCOPE_READ, BODY_NONE, NULL, handle_jobs,
     LANE_QUICK},
    {"GET", "/v1/workspaces/{workspace}/jobs/{job}", SCOPE_READ, BODY_NONE, NULL, handle_job,
     LANE_QUICK},
    {"DELETE", "/v1/workspaces/{workspace}/jobs/{job}", SCOPE_ENROL, BODY_NONE, NULL, handle_cancel,
     LANE_LONG},
    {"GET", "/v1/workspaces/{workspace}/jobs/{job}/events", SCOPE_READ, BODY_NONE, NULL,
     handle_events, LANE_QUICK},
    {"GET", "/v1/workspaces/{workspace}/runs", SCOPE_READ, BODY_NONE, NULL, handle_runs,
     LANE_QUICK},
    {"GET", "/v1/workspaces/{workspace}/runs/{run}", SCOPE_READ, BODY_NONE, NULL, handle_run,
     LANE_QUICK},
    {"DELETE", "/v1/workspaces/{workspace}/runs/{run}", SCOPE_ADMIN, BODY_NONE, NULL,
     handle_erase_run, LANE_QUICK},
    {"PUT", "/v1/workspaces/{workspace}/serving", SCOPE_ADMIN, BODY_JSON, NULL, handle_serving,
     LANE_QUICK},
    {"POST", "/v1/workspaces/{workspace}/predict", SCOPE_READ, BODY_PICTURE,
     PARAMETERS(DETECTION, PARAMETER_FLIP, PARAMETER_THRESHOLD, PARAMETER_TOP, PARAMETER_PICTURE),
     handle_predict, LANE_LONG},
};

#define COUNT (sizeof routes / sizeof *routes)
_Static_assert(COUNT <= ROUTES_MAX, "metrics have room for ROUTES_MAX routes");

/* Segment by segment; what stands for {…} goes to `values`. */
static bool fits(const char *pattern, const struct target *target,
                 const char *values[PATH_VALUES_MAX])
{
    size_t value = 0, i = 0;
    for (const char *at = pattern; at && *at == '/'; i++) {
        size_t length = strcspn(++at, "/");
        if (i == target->segment_count)
            return false;
        const char *segment = target->segments[i];
        if (*at == '{') {
            if (!*segment)
                return false;
            values[value++] = segment;
        } else if (strlen(segment) != length || memcmp(segment, at, length) != 0) {
            return false;
        }
        at += length;
    }
    return i == target->segment_count;
}

bool routes_find(struct request *request, const char *method)
{
    char allow[sizeof request->reply.allow] = "";
    const char *wanted = !strcmp(method, "HEAD") ? "GET" : method;
    for (size_t i = 0; i < COUNT; i++) {
        const char *values[PATH_VALUES_MAX] = {NULL};
        if (!fits(routes[i].pattern, &request->target, values))
            continue;
        if (!strcmp(routes[i].method, wanted)) {
            request->route = &routes[i];
            memcpy(request->values, values, sizeof values);
            return true;
        }
        size_t used = strlen(allow);
        snprintf(allow + used, sizeof allow - used, "%s%s", used ? ", " : "", routes[i].method);
    }
    if (!allow[0]) {
        reply_error(request, ERROR_NOT_FOUND, "there is nothing at this path");
        return false;
    }
    memcpy(request->reply.allow, allow, sizeof allow);
    reply_error(request, ERROR_METHOD, "this path takes %s", allow);
    return false;
}

static bool begins(const struct route *route, const char *start)
{
    return !strncmp(route->pattern, start, strlen(start));
}

bool route_names_gallery(const struct route *route)
{
    return begins(route, "/v1/galleries/{");
}

bool route_takes_any_key(const struct route *route)
{
    static const char *const patterns[] = {"/v1/info",      "/v1/models",    "/v1/detect",
                                           "/v1/embed",     "/v1/verify",    "/v1/compare",
                                           "/v1/galleries", "/v1/workspaces"};
    size_t i = 0;
    while (i < sizeof patterns / sizeof *patterns && strcmp(route->pattern, patterns[i]) != 0)
        i++;
    return route->scope == SCOPE_NONE || begins(route, "/v1/cameras") || /* each has a gallery */
           i < sizeof patterns / sizeof *patterns;
}

bool route_names_workspace(const struct route *route)
{
    return begins(route, "/v1/workspaces/{");
}

bool route_has_gallery(const struct route *route)
{
    const unsigned char *id = route->parameters;
    while (id && *id != PARAMETER_GALLERY && *id != PARAMETER_COUNT)
        id++;
    return (id && *id == PARAMETER_GALLERY) || route_names_gallery(route);
}

const struct route *routes_at(size_t index)
{
    return index < COUNT ? &routes[index] : NULL;
}

size_t routes_index(const struct route *route)
{
    return (size_t)(route - routes);
}
