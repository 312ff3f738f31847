LEFT JOIN ids {{column}} ON {{column}}.kind = {{kind}} AND {{column}}.site = v.site AND {{column}}.old = v.{{column}}
