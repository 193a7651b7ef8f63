# Configuration files and web server examples.
