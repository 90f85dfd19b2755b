/* --completion: what bash needs to complete a tesserafs command line: options, the words
 * of -o and their values, and paths of the tree after --ls and --cat, view parameters
 * among them.  The words come from the tables; the functions around them are written here
 * and need nothing but bash. */
#include <stdio.h>
#include <string.h>

#include "core/params/view_params.h"
#include "core/transform/transform.h"
#include "mountopts/help/help_rows.h"
#include "mountopts/mountopts.h"
#include "mountopts/option_words.h"

/* $1: the part of the word under the cursor that is to be completed; other arguments: the
 * candidates.  bash replaces only what follows the last '=' or ':' of the word. */
static const char functions[] =
    "_tesserafs_reply() { # head candidate...\n"
    "  local head=$1 kept='' candidate\n"
    "  shift\n"
    "  [[ $COMP_WORDBREAKS == *=* && $word == *[=:]* ]] && "
    "kept=${word%\"${word##*[=:]}\"}\n"
    "  for candidate; do\n"
    "    candidate=$head$candidate\n"
    "    [[ $candidate == \"$word\"* ]] && COMPREPLY+=(\"${candidate#\"$kept\"}\")\n"
    "  done\n"
    "  compopt -o nospace\n"
    "}\n"
    "\n"
    "_tesserafs_settings() { # table: key=value,key=value in $word, from ${word:$2}\n"
    "  local list=${word:$2} part key words\n"
    "  part=${list##*,}\n"
    "  if [[ $part != *=* ]]; then\n"
    "    read -ra words <<<\"$(_tesserafs_keys \"$1\")\"\n"
    "    _tesserafs_reply \"${word%\"$part\"}\" \"${words[@]}\"\n"
    "    return\n"
    "  fi\n"
    "  key=${part%%=*}\n"
    "  read -ra words <<<\"$(_tesserafs_values \"$1.$key\")\"\n"
    "  part=${part#*=}\n"
    "  if [[ ${words[0]} == FILE ]]; then\n"
    "    mapfile -t words < <(compgen -f -- \"$part\")\n"
    "  elif [[ $part == *+* ]]; then\n"
    "    part=${part##*+}\n"
    "  fi\n"
    "  _tesserafs_reply \"${word%\"$part\"}\" \"${words[@]}\"\n"
    "}\n"
    "\n"
    "_tesserafs_tree() { # program source: a path in the tree\n"
    "  local dir='' names\n"
    "  [[ $word == */* ]] && dir=${word%/*}/\n"
    "  mapfile -t names < <(\"$1\" --ls \"$2\" \"$dir\" 2>/dev/null)\n"
    "  _tesserafs_reply \"$dir\" \"${names[@]}\"\n"
    "  if [[ $dir == */ && ${dir%/} != */* && -n $(_tesserafs_keys \"${dir%/}\") ]]; "
    "then\n"
    "    _tesserafs_settings \"${dir%/}\" \"${#dir}\"\n"
    "  fi\n"
    "}\n"
    "\n"
    "_tesserafs() {\n"
    "  local line=${COMP_LINE:0:COMP_POINT} word args arg paths=() action='' last='' "
    "words\n"
    "  word=${line##*[[:space:]]}\n"
    "  read -ra args <<<\"${line%\"$word\"}\"\n"
    "  COMPREPLY=()\n"
    "  for arg in \"${args[@]:1}\"; do\n"
    "    case $arg in\n"
    "      -o) ;;\n"
    "      --ls | --cat | --check) action=$arg ;;\n"
    "      -*) ;;\n"
    "      *) [[ $last == -o ]] || paths+=(\"$arg\") ;;\n"
    "    esac\n"
    "    last=$arg\n"
    "  done\n"
    "  if [[ $last == -o ]]; then\n"
    "    _tesserafs_settings -o 0\n"
    "  elif [[ $word == -o* ]]; then\n"
    "    _tesserafs_settings -o 2\n"
    "  elif [[ $word == -* ]]; then\n"
    "    read -ra words <<<\"$(_tesserafs_keys flags)\"\n"
    "    _tesserafs_reply '' \"${words[@]}\"\n"
    "    compopt +o nospace\n"
    "  elif [[ $action == --ls || $action == --cat ]] && ((${#paths[@]} == 1)); then\n"
    "    _tesserafs_tree \"${args[0]}\" \"${paths[0]}\"\n"
    "  else\n"
    "    compopt -o default\n"
    "  fi\n"
    "}\n"
    "complete -F _tesserafs tesserafs\n";

static void print_word(void *ctx, const char *word)
{
  fprintf(ctx, " %s", word);
}

/* Prints the words of `text` that begin with '-'. */
static void print_flags(FILE *out, const char *text)
{
  while (*text) {
    const size_t len = strcspn(text, " ,|");
    if (*text == '-' && len)
      fprintf(out, " %.*s", (int)len, text);
    text += len + (text[len] != '\0');
  }
}

static void print_kind_keys(void *ctx, unsigned kind, const char *name)
{
  FILE *out = ctx;
  fprintf(out, "    %s) echo", name);
  for (size_t i = 0; i < view_params_count; i++)
    if (view_params[i].kinds & kind)
      fprintf(out, " %s=", view_params[i].key);
  fputs(" ;;\n", out);
}

static void print_keys(FILE *out)
{
  fputs("_tesserafs_keys() { # table\n  case $1 in\n    flags) echo", out);
  for (const struct help_row *row = help_flags; row->name; row++)
    print_flags(out, row->name);
  for (const struct help_row *row = help_usage + 1; row[1].name; row++)
    print_flags(out, row->name);
  fputs(" ;;\n    -o) echo", out);
  for (size_t i = 0; i < option_params_count; i++)
    fprintf(out, " %s=", option_params[i].key);
  option_each_passed(print_word, out);
  fputs(" ;;\n", out);
  help_each_kind(print_kind_keys, out);
  fputs("  esac\n}\n\n", out);
}

/* Prints what may follow "key=": words, FILE for a path, nothing for a number. */
static void print_values(FILE *out, const char *table, const struct param *row)
{
  const bool has_words = row->choices || row->type == PARAM_SWITCH ||
                         row->type == PARAM_FORMATS || row->type == PARAM_STEPS ||
                         row->type == PARAM_TEXT;
  if (!has_words)
    return;
  fprintf(out, "    %s.%s) echo", table, row->key);
  if (row->type == PARAM_SWITCH)
    fputs(" on off", out);
  if (row->type == PARAM_TEXT)
    fputs(" FILE", out);
  for (int i = 0; row->type == PARAM_FORMATS && row->names(i); i++)
    fprintf(out, " %s", row->names(i));
  for (int i = 0; row->type == PARAM_STEPS && row->steps->types[i]; i++)
    fprintf(out, " %s", row->steps->types[i]->name);
  for (const char *word = row->choices; word && *word;) {
    const size_t len = strcspn(word, "|");
    fprintf(out, " %.*s", (int)len, word);
    word += len + (word[len] == '|');
  }
  fputs(" ;;\n", out);
}

static void print_kind_values(void *ctx, unsigned kind, const char *name)
{
  for (size_t i = 0; i < view_params_count; i++)
    if (view_params[i].kinds & kind)
      print_values(ctx, name, &view_params[i]);
}

void help_print_completion(FILE *out)
{
  fputs("# bash completion of tesserafs, as 'tesserafs --completion' prints it.\n"
        "# shellcheck shell=bash\n\n",
        out);
  print_keys(out);
  fputs("_tesserafs_values() { # table.key\n  case $1 in\n", out);
  for (size_t i = 0; i < option_params_count; i++)
    print_values(out, "-o", &option_params[i]);
  help_each_kind(print_kind_values, out);
  fprintf(out, "  esac\n}\n\n%s", functions);
}
