/*
 * query.c - names and values of a query string.
 */
#include "http/decode.h"
#include "http/query.h"

#define QUERY_SIZE_MAX ((size_t)64 * 1024)
#define QUERY_COUNT_MAX 256

static size_t
count_pieces(struct text raw)
{
	size_t count = 1;

	for (size_t i = 0; i < raw.length; i++)
		count += raw.start[i] == '&';
	return count;
}

static bool
parse_piece(struct arena *arena, struct text piece, struct http_query *query,
    struct http_error *error)
{
	size_t name = text_find_byte(piece, '=');
	size_t value = name < piece.length ? name + 1 : name;

	return http_decode(arena, text_first(piece, name), HTTP_DECODE_QUERY, &query->name, error) &&
	    http_decode(arena, text_after(piece, value), HTTP_DECODE_QUERY, &query->value, error);
}

bool
http_query_parse(struct arena *arena, struct text raw, struct http_query **query, size_t *count,
    struct http_error *error)
{
	size_t pieces = raw.length == 0 ? 0 : count_pieces(raw);

	*query = NULL;
	*count = 0;
	if (raw.length > QUERY_SIZE_MAX)
		return http_fail(error, 414, HTTP_BAD_QUERY,
		    TEXT("The query is longer than 65536 bytes; POST it to .search instead."));
	if (pieces > QUERY_COUNT_MAX)
		return http_fail(error, 400, HTTP_BAD_QUERY,
		    TEXT("The query has more than 256 parameters."));
	if (pieces > 0)
		*query = arena_array(arena, pieces, sizeof(**query));
	while (raw.length > 0) {
		size_t end = text_find_byte(raw, '&');

		if (end > 0 &&
		    !parse_piece(arena, text_first(raw, end), &(*query)[(*count)++], error))
			return false;
		raw = text_after(raw, end < raw.length ? end + 1 : end);
	}
	return true;
}
