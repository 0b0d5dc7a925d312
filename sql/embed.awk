# embed.awk - turns SQL files into C, so that the programs carry their own SQL.
#
#   awk -f embed.awk -v part=header FILE...    an enum of the statements
#   awk -f embed.awk -v part=source FILE...    the texts
#
# FILE is sql/statement/NAME.sql (STATEMENT_NAME, with the number of its
# parameters), sql/migration/NNNN_NAME.sql, or a definition that is run again
# after each migration: role.sql, function/*.sql, view/*.sql, prepared.sql,
# leftover.sql, grant.sql, right.sql, internal.sql; lock.sql, with which that transaction
# begins; or renew.sql and obstacle.sql, for what cannot be replaced in place.

function kind_of(path) {
	if (path ~ /\/statement\//) return "statement"
	if (path ~ /\/migration\//) return "migration"
	if (path ~ /\/role\.sql$/) return "role"
	if (path ~ /\/lock\.sql$/) return "lock"
	if (path ~ /\/renew\.sql$/) return "renewal"
	if (path ~ /\/obstacle\.sql$/) return "obstacle"
	return "definition"
}

function quote(line) {
	gsub(/[\\"]/, "\\\\&", line)
	return "\t    \"" line "\\n\"\n"
}

FNR == 1 {
	file = FILENAME
	sub(/.*\//, "", file)
	sub(/\.sql$/, "", file)
	kind[++count] = kind_of(FILENAME)
	name[count] = file
}

{
	body[count] = body[count] quote($0)
	code = $0
	sub(/--.*/, "", code)
	while (match(code, /\$[0-9]+/)) {
		number = substr(code, RSTART + 1, RLENGTH - 1) + 0
		if (number > parameters[count]) parameters[count] = number
		code = substr(code, RSTART + RLENGTH)
	}
}

function header(   i) {
	print "#ifndef STORE_SQL_GEN_H\n#define STORE_SQL_GEN_H\n\nenum statement {"
	for (i = 1; i <= count; i++)
		if (kind[i] == "statement") print "\tSTATEMENT_" toupper(name[i]) ","
	print "\tSTATEMENT_COUNT\n};\n\n#endif"
}

function list(wanted, head,   i) {
	print head
	for (i = 1; i <= count; i++)
		if (kind[i] == wanted)
			printf "\t{ \"%s\", %d,\n%s\t},\n", name[i], parameters[i], body[i]
	print "\t{ NULL, 0, NULL },\n};\n"
}

END {
	if (part == "header") {
		header()
		exit
	}
	print "#include <stddef.h>\n\n#include \"store/sql.h\"\n"
	list("statement", "const struct sql_text sql_statements[] = {")
	list("migration", "const struct sql_text sql_migrations[] = {")
	list("role", "const struct sql_text sql_roles[] = {")
	list("lock", "const struct sql_text sql_locks[] = {")
	list("renewal", "const struct sql_text sql_renewals[] = {")
	list("obstacle", "const struct sql_text sql_obstacles[] = {")
	list("definition", "const struct sql_text sql_definitions[] = {")
}
