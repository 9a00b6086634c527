/* What routes do, one file for each family. */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "request.h"

void handle_health(struct request *request, struct worker *worker);
void handle_ready(struct request *request, struct worker *worker);
void handle_metrics(struct request *request, struct worker *worker);
void handle_openapi(struct request *request, struct worker *worker);
void handle_web(struct request *request, struct worker *worker);
void handle_info(struct request *request, struct worker *worker);
void handle_models(struct request *request, struct worker *worker);

void handle_detect(struct request *request, struct worker *worker);
void handle_embed(struct request *request, struct worker *worker);
void handle_identify(struct request *request, struct worker *worker);

void handle_verify(struct request *request, struct worker *worker);
void handle_compare(struct request *request, struct worker *worker);
void handle_search(struct request *request, struct worker *worker);

void handle_galleries(struct request *request, struct worker *worker);
void handle_gallery(struct request *request, struct worker *worker);
void handle_create_gallery(struct request *request, struct worker *worker);
void handle_delete_gallery(struct request *request, struct worker *worker);

void handle_people(struct request *request, struct worker *worker);
void handle_person(struct request *request, struct worker *worker);
void handle_rename(struct request *request, struct worker *worker);
void handle_merge(struct request *request, struct worker *worker);
void handle_delete(struct request *request, struct worker *worker);
void handle_set_fact(struct request *request, struct worker *worker);
void handle_enroll(struct request *request, struct worker *worker);
void handle_enroll_more(struct request *request, struct worker *worker);

void handle_faces(struct request *request, struct worker *worker);
void handle_face_picture(struct request *request, struct worker *worker);
void handle_portrait(struct request *request, struct worker *worker);
void handle_move(struct request *request, struct worker *worker);
void handle_refuse(struct request *request, struct worker *worker);
void handle_allow(struct request *request, struct worker *worker);

void handle_groups(struct request *request, struct worker *worker);
void handle_add_group(struct request *request, struct worker *worker);
void handle_remove_group(struct request *request, struct worker *worker);
void handle_add_tag(struct request *request, struct worker *worker);
void handle_remove_tag(struct request *request, struct worker *worker);

void handle_all_faces(struct request *request, struct worker *worker);
void handle_single_face(struct request *request, struct worker *worker);
void handle_single_picture(struct request *request, struct worker *worker);
void handle_delete_face(struct request *request, struct worker *worker);
void handle_split(struct request *request, struct worker *worker);
void handle_stats(struct request *request, struct worker *worker);

void handle_keep_unknown(struct request *request, struct worker *worker);
void handle_unknown_groups(struct request *request, struct worker *worker);
void handle_name_unknown(struct request *request, struct worker *worker);
void handle_delete_unknown(struct request *request, struct worker *worker);
void handle_unknown_picture(struct request *request, struct worker *worker);
void handle_delete_unknown_face(struct request *request, struct worker *worker);

void handle_cameras(struct request *request, struct worker *worker);
void handle_add_camera(struct request *request, struct worker *worker);
void handle_camera(struct request *request, struct worker *worker);
void handle_change_camera(struct request *request, struct worker *worker);
void handle_remove_camera(struct request *request, struct worker *worker);
void handle_start_camera(struct request *request, struct worker *worker);
void handle_stop_camera(struct request *request, struct worker *worker);
void handle_snapshot(struct request *request, struct worker *worker);
void handle_preview(struct request *request, struct worker *worker);

void handle_audit(struct request *request, struct worker *worker);
void handle_undo(struct request *request, struct worker *worker);

void handle_keys(struct request *request, struct worker *worker);
void handle_revoke(struct request *request, struct worker *worker);

void handle_workspaces(struct request *request, struct worker *worker);
void handle_workspace(struct request *request, struct worker *worker);
void handle_erase_workspace(struct request *request, struct worker *worker);
void handle_images(struct request *request, struct worker *worker);
void handle_thumbnail(struct request *request, struct worker *worker);
void handle_erase_image(struct request *request, struct worker *worker);
void handle_label(struct request *request, struct worker *worker);
void handle_erase_label(struct request *request, struct worker *worker);
void handle_export_workspace(struct request *request, struct worker *worker);
void handle_train(struct request *request, struct worker *worker);
void handle_jobs(struct request *request, struct worker *worker);
void handle_job(struct request *request, struct worker *worker);
void handle_cancel(struct request *request, struct worker *worker);
void handle_events(struct request *request, struct worker *worker);
void handle_runs(struct request *request, struct worker *worker);
void handle_run(struct request *request, struct worker *worker);
void handle_erase_run(struct request *request, struct worker *worker);
void handle_serving(struct request *request, struct worker *worker);
void handle_predict(struct request *request, struct worker *worker);

#endif
