-- What follows from the facts is made anew from all of them.
delete from links;
delete from origins;
delete from caller_origins
