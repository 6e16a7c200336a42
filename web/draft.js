/** Copy buttons on a draft's page: without this script its texts are selected by hand. */
for (const field of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = `Copy ${field.dataset.copy}`
  button.addEventListener('click', async () => {
    const text = field.textContent
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      // No clipboard over plain HTTP: the text is selected, and the keyboard does the rest.
      getSelection()?.selectAllChildren(field)
      button.textContent = 'Selected: press Ctrl+C'
    }
    setTimeout(() => {
      button.textContent = `Copy ${field.dataset.copy}`
    }, 2000)
  })
  field.before(button)
}
