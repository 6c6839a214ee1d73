"""What was found out about files before, so that a build looks again only at what can have changed.

Two kinds of things are kept of a file. What it says by itself (`facts`) holds for as long as its bytes are the same. What
was found when it was held against others (`judged`) is kept with all that was asked of those others and the answers
(`trace`), and holds for as long as the same questions have the same answers. So nothing has to be known of what a rule
looks at: a rule that asks for more is kept with more.

cache_files  files that are whole, of this version, or not there
compiler     which compiler this is
opened       a file, read and parsed when somebody asks
facts        what one file says by itself
surroundings what is around a document, and the questions that are asked of it
judging      a document held against what is around it
rows         the JSON form of all that
kept         all of a project
"""
