-- People as the settings of their organization allow: what SCIM creates,
-- changes and deletes. A DBA's INSERT, UPDATE and DELETE is not subject to it.

SET LOCAL client_min_messages = warning;
