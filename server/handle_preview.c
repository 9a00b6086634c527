/* What a camera shows, with boxes and names: the picture of now, and pictures as they come. */
#include "camera_request.h"
#include "handlers.h"
#include "connections.h"
#include "reply.h"
#include "service.h"

#include <sys/socket.h>

#define SENDING_BYTES (128 * 1024) /* that may wait for a slow client: a picture or two */

void handle_snapshot(struct request *request, struct worker *worker)
{
    struct camera *camera;
    struct buffer jpeg;
    vultus_error error = {0};
    (void)worker;
    if (!camera_take(request, &camera))
        return;
    vultus_status status = preview_copy(camera->preview, &jpeg, &error);
    camera_give(request);
    if (status)
        reply_failure(request, &error);
    else
        reply_text(request, "image/jpeg", &jpeg);
    buffer_clear(&jpeg);
}

/* The system would else keep seconds of pictures for somebody who is slow. */
static void keep_short(const struct connection *connection)
{
    const int bytes = SENDING_BYTES;
    if (connection)
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void handle_preview(struct request *request, struct worker *worker)
{
    struct camera *camera;
    vultus_error error = {0};
    (void)worker;
    if (!camera_take(request, &camera))
        return;
    bool stopped = camera->state == CAMERA_STOPPED;
    vultus_status status = stopped
                               ? status_set(&error, VULTUS_ERR_NOT_FOUND, "the camera does not run")
                               : preview_stream(camera->preview, &request->reply.stream, &error);
    camera_give(request);
    if (status == VULTUS_ERR_BUSY)
        reply_error(request, ERROR_BUSY, "%s", error.message);
    else if (status)
        reply_failure(request, &error);
    else {
        keep_short(request->connection);
        request->reply.status = 200;
        request->reply.type = PREVIEW_TYPE;
    }
}
