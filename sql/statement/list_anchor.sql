-- list_anchor: notes where a client that reads by startIndex will go on.
-- $1 org, $2 token id, $3 resource type, $4 the next startIndex,
-- $5 and $6 created and id of the resource before it, $7 sum of resource_counts.removed at that time
INSERT INTO scim.list_anchors AS anchor (org, token_id, resource_type, start_index, created, id, removed)
VALUES ($1, $2::uuid, $3, $4::bigint, $5::timestamptz, $6::uuid, $7::bigint)
    ON CONFLICT (org, token_id, resource_type) DO UPDATE
   SET start_index = excluded.start_index,
       created = excluded.created,
       id = excluded.id,
       removed = excluded.removed
