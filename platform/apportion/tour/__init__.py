"""The tour: the whole main job over HTTP, through the pages and the API that people use."""
