import js from "@eslint/js";
import angular from "angular-eslint";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const readonly = (names) => Object.fromEntries(names.split(" ").map((name) => [name, "readonly"]));
const node = readonly("Buffer URL URLSearchParams clearTimeout console fetch process setImmediate setTimeout");
const browser = readonly(
  "Element PerformanceObserver URL URLSearchParams WHOLE addEventListener clearTimeout document fetch history innerHeight innerWidth localStorage location navigator performance screen scrollY setInterval setTimeout window",
);

export default defineConfig(
  globalIgnores(["**/dist/", "**/.angular/"]),
  {
    files: ["**/*.mjs"],
    extends: [js.configs.recommended],
    languageOptions: { globals: node },
  },
  {
    files: ["tracker/src/*.js"],
    extends: [js.configs.recommended],
    languageOptions: { globals: browser, sourceType: "script" },
  },
  {
    files: ["tracker/src/*compat*.js", "packages/*/*.js"],
    extends: [js.configs.recommended],
    languageOptions: { globals: browser, sourceType: "module" },
  },
  {
    // The package is tested in a page that is made up.
    files: ["tracker/test/package.test.mjs"],
    languageOptions: { globals: readonly("window") },
  },
  {
    // Parts of a browser test run in the page.
    files: ["**/e2e/*.mjs"],
    languageOptions: {
      globals: readonly("document performance"),
    },
  },
  {
    files: ["dashboard/src/**/*.ts"],
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      angular.configs.tsRecommended,
    ],
    processor: angular.processInlineTemplates,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A component of its own is an element; one that dresses a native control is an attribute of it.
      "@angular-eslint/component-selector": [
        "error",
        [
          { type: "element", prefix: "hk", style: "kebab-case" },
          { type: "attribute", prefix: "hk", style: "camelCase" },
        ],
      ],
      "@angular-eslint/directive-selector": ["error", { type: "attribute", prefix: "hk", style: "camelCase" }],
      "@angular-eslint/prefer-on-push-component-change-detection": "error",
      // Angular's components, routes and empty catch-alls are classes without members.
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // Headless parts get their looks in ui/, once.
    files: ["dashboard/src/**/*.ts"],
    ignores: ["dashboard/src/app/ui/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: ["@angular/cdk/*", "@angular/aria/*", "@angular/forms"] }],
    },
  },
  {
    // A test that finds nothing where it looks may fail right there.
    files: ["dashboard/src/**/*.spec.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["dashboard/src/**/*.ts"],
    plugins: { "@angular-eslint/template": angular.templatePlugin },
  },
  {
    files: ["dashboard/src/**/*.html"],
    extends: [angular.configs.templateRecommended, angular.configs.templateAccessibility],
    rules: {
      // Controls that are a picture have their name as an input.
      "@angular-eslint/template/elements-content": ["error", { allowList: ["label", "aria-label"] }],
    },
  },
);
