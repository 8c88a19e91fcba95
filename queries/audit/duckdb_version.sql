-- The version of the engine.
select ltrim(version(), 'v') as version
