/* A request's picture with its faces, for all routes that look at one picture. */
#ifndef SERVER_VIEW_H
#define SERVER_VIEW_H

#include "body.h"

struct view { /* a picture that was looked at */
    struct body body;
    vultus_image *image;
    vultus_faces faces;
    float *embeddings; /* of each face, where they were asked for, as are: */
    float *live;       /* how live they look */
};

/* False: the reply says what is wrong. Close in every case. */
bool view_open(struct request *request, bool embed, struct view *view);
void view_close(const struct request *request, struct view *view);
/* width, height, faces. Takes the list. */
json_t *view_answer(const struct view *view, json_t *faces);

#endif
