"""The page with which a caseworker makes her key and opens requests: one file, from disk, without a network.

`build.py` joins page.html, page.css, the scripts and the sentences into it. The scripts share one scope: each has one
subject, and none but app.js does anything by itself. The rules of who may be called when are in rules.js."""
