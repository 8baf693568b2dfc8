"""The page on a workspace: one HTML file that needs neither network nor scripts."""
