#!/usr/bin/env python3
"""verify_receipt.py RECEIPT VERIFIER_KEY: checks a receipt of a ledger with nothing but a hash and
Ed25519, by the formats' specifications and none of the ledger's code. Exits with 0 if it holds."""
import base64, hashlib, struct, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data):
    return hashlib.sha256(data).digest()


proof, checkpoint = open(sys.argv[1], "rb").read().split(b"\n\n", 1)
title, extra, index, *path = proof.split(b"\n")
assert title == b"c2sp.org/tlog-proof@v1" and extra[:6] == b"extra " and index[:6] == b"index "
record, index = base64.b64decode(extra[6:], validate=True), int(index[6:])

# The checkpoint is signed by the key.
text, lines = checkpoint.rsplit(b"\n\n", 1)
text += b"\n"
name, key_id, key = sys.argv[2].split("+", 2)
key = base64.b64decode(key)
assert sha256(name.encode() + b"\n" + key)[:4].hex() == key_id and key[0] == 1
signatures = [base64.b64decode(line.split()[2]) for line in lines.decode().splitlines()
              if line.split()[1] == name and base64.b64decode(line.split()[2])[:4].hex() == key_id]
assert signatures, "no signature of the key"
for signature in signatures:
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text)

# The record is the leaf at the index of the tree (RFC 9162, section 2.1.3.2), and says so itself.
origin, size, root = text.decode().splitlines()[:3]
assert origin == name and index < int(size) and struct.unpack(">Q", record[4:12])[0] == index
node, last, hashed = index, int(size) - 1, sha256(b"\0" + record)
for sibling in (base64.b64decode(line) for line in path):
    assert last > 0, "too many hashes"
    if node & 1 or node == last:
        hashed = sha256(b"\1" + sibling + hashed)
        while not node & 1 and node:
            node, last = node >> 1, last >> 1
    else:
        hashed = sha256(b"\1" + hashed + sibling)
    node, last = node >> 1, last >> 1
assert last == 0 and hashed == base64.b64decode(root), "the record is not in the tree"
print(f"{name}: event {index} of {size} holds")
