"""Reads mails by Python's own parser and checks their DKIM signatures by dkimpy.

Arguments: the DNS name of the key, its TXT record, files. Prints one JSON object a file.
"""
import email
import email.policy
import hashlib
import json
import re
import sys

import dkim

name, record, *files = sys.argv[1:]


def dns(asked, timeout=5):
    return record.encode() if asked.decode().rstrip(".") == name else None


def digest(part):
    return hashlib.sha256(part.get_payload(decode=True)).hexdigest()


for path in files:
    with open(path, "rb") as file:
        raw = file.read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html = mail.get_body(("html",)).get_content()
    inline = {
        part["Content-ID"].strip("<>"): digest(part)
        for part in mail.walk()
        if part.get_content_disposition() == "inline"
    }
    signature = mail["DKIM-Signature"]
    tampered = raw.replace(b"\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", b"\nList-Unsubscribe-Post: no")
    print(
        json.dumps(
            {
                "verified": dkim.verify(raw, dnsfunc=dns),
                "tamperedVerified": dkim.verify(tampered, dnsfunc=dns),
                "signed": re.sub(r"\s", "", re.search(r"\bh=([^;]*)", signature).group(1)).lower().split(":") if signature else [],
                "headers": {key.lower(): str(value) for key, value in mail.items()},
                "structure": [part.get_content_type() for part in mail.walk()],
                "shown": re.findall(r'src="cid:([^"]+)"', html),
                "inline": inline,
                "attached": {part.get_filename(): digest(part) for part in mail.iter_attachments() if part.get_content_disposition() == "attachment"},
                "text": mail.get_body(("plain",)).get_content(),
                "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            }
        )
    )
