"""Redis's users and their rights: `web` pings and reads the rate, `clock` wakes workers, `worker` runs jobs.

The lines are those of an ACL file, which Redis reads at each start. Users that are set at run time only would be lost
at a restart, and `default`, which needs no password, would be active again."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

OFF = "user default off sanitize-payload resetpass resetkeys resetchannels -@all"
CONNECTS = "+ping +hello +select"
# what RQ needs to put a job into our queue and to read the jobs that wait there
ENQUEUES = "+multi +exec +info +lrange +hgetall +hset +sadd +rpush +lrem"
RIGHTS: Mapping[str, str] = {
    # reads the present rate of sending, for /metrics
    "web": f"%R~sms_app:rate:now -@all {CONNECTS} +hmget +time",
    "clock": f"~rq:job:* ~rq:queue:messages ~rq:queues -@all {CONNECTS} {ENQUEUES}",
    # RQ's keys and the rate's; no other client, no setting, no publishing
    "worker": "~rq:* ~sms_app:rate ~sms_app:rate:now -@all +@read +@write +@connection +@transaction +@scripting"
    " -@dangerous +info +time",
    # for `sms-app up` and for administrators; no process of ours has it
    "owner": "~* &* +@all",
}


def acl(passwords: Mapping[str, str]) -> str:
    """An ACL file with a line for each user of `passwords`, and with `default` off. It has hashes, not passwords."""
    lines = [
        f"user {name} on sanitize-payload resetpass resetkeys resetchannels"
        f" #{sha256(password.encode()).hexdigest()} {RIGHTS[name]}"
        for name, password in passwords.items()
    ]
    return "\n".join([OFF, *lines, ""])
