/* Least-squares similarity in closed form: in the plane it is a complex linear regression. */
#include "face/align.h"

#include <math.h>

bool align_fit(const vultus_point *from, const vultus_point *to, size_t count,
               struct similarity *out)
{
    double fx = 0, fy = 0, tx = 0, ty = 0, spread = 0, along = 0, turn = 0;
    for (size_t i = 0; i < count; i++) {
        fx += (double)from[i].x / (double)count;
        fy += (double)from[i].y / (double)count;
        tx += (double)to[i].x / (double)count;
        ty += (double)to[i].y / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double px = (double)from[i].x - fx, py = (double)from[i].y - fy;
        double qx = (double)to[i].x - tx, qy = (double)to[i].y - ty;
        spread += px * px + py * py;
        along += px * qx + py * qy;
        turn += px * qy - py * qx;
    }
    if (!(spread > 1e-9) || !isfinite(spread))
        return false;
    double a = along / spread, b = turn / spread;
    if (!isfinite(a) || !isfinite(b))
        return false;
    *out = (struct similarity){(float)a, (float)b, (float)(tx - a * fx + b * fy),
                               (float)(ty - b * fx - a * fy)};
    return true;
}

bool align_chip(const vultus_point landmarks[VULTUS_LANDMARKS],
                const vultus_point points[VULTUS_LANDMARKS], struct similarity *to_picture)
{
    struct similarity fit;
    if (!align_fit(landmarks, points, VULTUS_LANDMARKS, &fit))
        return false;
    double square = (double)fit.a * (double)fit.a + (double)fit.b * (double)fit.b;
    if (!(square > 1e-12)) /* a face a million times larger than its chip: no face */
        return false;
    double a = (double)fit.a / square, b = -(double)fit.b / square;
    *to_picture =
        (struct similarity){(float)a, (float)b, (float)(b * (double)fit.ty - a * (double)fit.tx),
                            (float)(-b * (double)fit.tx - a * (double)fit.ty)};
    return true;
}

/* Exactly: the affine map that takes three points of the chip to three of the picture. */
static bool solve(const vultus_point from[3], const vultus_point to[3], struct affine *out)
{
    double ax = (double)from[1].x - (double)from[0].x, ay = (double)from[1].y - (double)from[0].y;
    double bx = (double)from[2].x - (double)from[0].x, by = (double)from[2].y - (double)from[0].y;
    double det = ax * by - ay * bx;
    double px = (double)to[1].x - (double)to[0].x, py = (double)to[1].y - (double)to[0].y;
    double qx = (double)to[2].x - (double)to[0].x, qy = (double)to[2].y - (double)to[0].y;
    if (!(fabs(det) > 1e-9))
        return false;
    double xx = (px * by - qx * ay) / det, xy = (qx * ax - px * bx) / det;
    double yx = (py * by - qy * ay) / det, yy = (qy * ax - py * bx) / det;
    if (!(fabs(xx * yy - xy * yx) > 1e-12))
        return false; /* the picture's points lie on one line */
    *out =
        (struct affine){(float)xx,
                        (float)xy,
                        (float)((double)to[0].x - xx * (double)from[0].x - xy * (double)from[0].y),
                        (float)yx,
                        (float)yy,
                        (float)((double)to[0].y - yx * (double)from[0].x - yy * (double)from[0].y)};
    return true;
}

static bool by_shape(const struct contract_model *contract, const struct contract_shape *shape,
                     const vultus_face *face, struct affine *out)
{
    vultus_point found[VULTUS_SHAPE_MAX];
    struct similarity fit;
    for (size_t i = 0; i < shape->count; i++)
        found[i] = face->shape[shape->use[i]];
    if (contract->alignment == CONTRACT_ALIGN_AFFINE)
        return solve(shape->points, found, out);
    if (!align_fit(shape->points, found, shape->count, &fit))
        return false;
    *out = affine_of(fit);
    return fit.a * fit.a + fit.b * fit.b > 1e-12f;
}

/* The box grown by the margin, stretched to the chip, as MTCNN's crops for FaceNet are. */
static bool by_box(const struct contract_model *contract, const vultus_face *face,
                   struct affine *out)
{
    float width = face->box.width * (1 + contract->margin);
    float height = face->box.height * (1 + contract->margin);
    float sx = width / (float)contract->width, sy = height / (float)contract->height;
    if (!(sx > 1e-6f && sy > 1e-6f))
        return false;
    *out = (struct affine){.xx = sx,
                           .yy = sy,
                           .tx = face->box.x + (face->box.width - width) / 2 + 0.5f * sx - 0.5f,
                           .ty = face->box.y + (face->box.height - height) / 2 + 0.5f * sy - 0.5f};
    return true;
}

bool align_face(const struct contract_model *contract, const vultus_face *face, struct affine *out)
{
    struct similarity to_picture;
    if (contract->alignment == CONTRACT_ALIGN_BOX)
        return by_box(contract, face, out);
    for (size_t i = 0; i < contract->shape_count; i++)
        if (contract->shapes[i].of == face->shape_count)
            return by_shape(contract, &contract->shapes[i], face, out);
    if (!align_chip(face->landmarks, contract->points, &to_picture))
        return false;
    *out = affine_of(to_picture);
    return true;
}
