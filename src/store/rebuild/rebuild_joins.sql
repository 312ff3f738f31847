{{texts}}
  LEFT JOIN sizes ON sizes.screen = v.screen
