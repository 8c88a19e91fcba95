-- All labels leave.
delete from addresses
